"""How long a server asks to wait."""

from __future__ import annotations

import re
import time
from datetime import UTC
from email.utils import parsedate_to_datetime


def retry_after_seconds(told: str) -> float | None:
    """Seconds that a `Retry-After` header means, a number or a date (RFC 9110, 10.2.3).

    None where it is neither, or a date that is over: a clock may be wrong, or the answer old.
    """
    told = told.strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", told):
        return float(told)
    try:
        date = parsedate_to_datetime(told)
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - time.time()
    except (ValueError, OverflowError):
        return None
    return seconds if seconds > 0 else None
