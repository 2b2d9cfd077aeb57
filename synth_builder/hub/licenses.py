"""The licence that a release states, from the licences of the documents it was made of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

# Licences of texts and data that the Hub knows by an identifier.
_HUB_LICENSES = (
    *("cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0"),
    *("cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"),
    *("cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "gfdl", "odbl", "odc-by", "pddl", "c-uda"),
    *("cdla-sharing-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "etalab-2.0", "lppl-1.3c", "ofl-1.1"),
    *("apache-2.0", "mit", "isc", "bsd-2-clause", "bsd-3-clause", "mpl-2.0", "epl-2.0", "eupl-1.2", "unlicense"),
    *("gpl-2.0", "gpl-3.0", "lgpl-2.1", "lgpl-3.0", "agpl-3.0", "wtfpl", "zlib"),
)
_OTHER_SPELLINGS = {
    "cc0": "cc0-1.0",
    "cc-0": "cc0-1.0",
    "cc-zero": "cc0-1.0",
    "apache2": "apache-2.0",
    "apache-license-2.0": "apache-2.0",
    "mit-license": "mit",
    "gnu-free-documentation-license": "gfdl",
    "odc-by-1.0": "odc-by",
    "odbl-1.0": "odbl",
    "pddl-1.0": "pddl",
}

UNKNOWN = "unknown"


class License(NamedTuple):
    """The fields `license` and `license_name` of a card; `name` is empty but for `other`."""

    id: str
    name: str = ""


def derive_license(licenses: Iterable[str]) -> License:
    """State one licence for a corpus.

    One licence is stated by its Hub identifier, or as `other` with its name where the Hub has none. Several are
    `other`, named `mixed`: which of them binds the whole cannot be decided by rule. A document without a licence
    counts as one more licence, `unknown`.
    """
    found = {normalise_license(license) for license in licenses}
    if found <= {UNKNOWN}:
        return License(UNKNOWN)
    if len(found) > 1:
        return License("other", "mixed")
    (license,) = found
    return License(license) if license in _HUB_LICENSES else License("other", license)


def normalise_license(license: str) -> str:
    """The Hub's identifier of a licence as people write it; else its words in lower case with hyphens."""
    words = re.sub(r"[^a-z0-9.+]+", "-", license.strip().casefold()).strip("-.")
    words = re.sub(r"-(?:only|or-later)$|\+$", "", words)
    if re.fullmatch(r"gfdl-1\.[123].*", words):
        return "gfdl"
    return _OTHER_SPELLINGS.get(words, words)[:64] or UNKNOWN
