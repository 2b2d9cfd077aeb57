"""Read files of the Hub by one commit, and say in words why they cannot be read.

No address is told, as the Hub gives out signed ones: whoever sees such a one may read what it leads to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import httpx2
from huggingface_hub import snapshot_download
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils import parse_ratelimit_headers  # type: ignore[attr-defined]

from synth_builder.errors import SynthBuilderError
from synth_builder.retry_after import retry_after_seconds

# What huggingface_hub, its transport and hf_xet raise where something cannot be read: RuntimeError is hf_xet's when its
# own attempts are used up, ValueError a name that no repo can have, or an answer that is no JSON.
READ_ERRORS = (httpx2.HTTPError, OSError, RuntimeError, ValueError)

_PASSING = (408, 425, 429)
_NO_SPACE = ("storage", "quota", "space left")
_ANSWER_TO_XET = re.compile(r"HTTP status (?:client|server) error \((\d{3})\b")
_ADDRESS = re.compile(r"""\bhttps?://[^\s'"]+""")


class Failure(NamedTuple):
    """What went wrong with a request.

    Attributes:
        status: HTTP status; 0: no answer came.
        said: The server's words, or the kind of failure where it had none.
        told_seconds: The wait that it asks for; None: it asks for none.
        is_local: It is about a file on this disk, and not about a request.
    """

    status: int
    said: str
    told_seconds: float | None = None
    is_local: bool = False

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        if self.is_local or self.lacks_space:
            return False
        return self.status in _PASSING or self.status >= 500 or self.status == 0

    @property
    def lacks_space(self) -> bool:
        """Whether the repo's owner may store no more, or has to pay for it."""
        says_so = any(word in self.said.lower() for word in _NO_SPACE)
        return self.status in (402, 507) or (self.status in (403, 413) and says_so)

    @property
    def leaves_open(self) -> bool:
        """Whether the server may have done all the same what it was asked for."""
        return self.status not in (409, 412, 425, 429)

    def __str__(self) -> str:
        return f"HTTP {self.status}" if self.status else self.said


class NotThereError(SynthBuilderError):
    """There is no such repo or revision, or it is hidden from the token."""


def fetch_snapshot(
    what: str, repo: str, revision: str | None, files: Sequence[str], *, token: str | None = None
) -> Path:
    """Fetch those files of a dataset repo that fit one of these patterns, all of one commit, into the local cache.

    Where the Hub cannot be asked, it is what the cache has of this revision: that can be a part of it.

    Args:
        what: What is fetched, for errors: `The release org/name cannot be fetched`.
        repo: `ORG/NAME`.
        revision: A tag, branch or commit; None: `main`.
        files: Patterns.
        token: A token of the Hub; None: the one that is saved.

    Returns:
        The folder, named after the commit.

    Raises:
        NotThereError: There is no such repo or revision, or it is hidden.
        SynthBuilderError: It is gated, or the Hub or this disk fails.
    """
    try:
        found = snapshot_download(repo, repo_type="dataset", revision=revision, token=token, allow_patterns=list(files))
    except READ_ERRORS as error:
        raise explain_read(what, error) from None  # a traceback would show the address
    return Path(found)


def explain_read(what: str, error: BaseException) -> SynthBuilderError:
    """The error for what cannot be read: one of `READ_ERRORS`.

    Args:
        what: What has failed, without a full stop: `The release org/name cannot be fetched`.
        error: Why.
    """
    while isinstance(error, LocalEntryNotFoundError) and error.__cause__:  # "not in the cache": why the Hub was no help
        error = error.__cause__
    match error:
        case OfflineModeIsEnabled():
            return SynthBuilderError(
                f"{what}: HF_HUB_OFFLINE is set, and it is not on this disk.",
                todo="Unset it, or name the folder of a local copy.",
            )
        case RevisionNotFoundError():
            return NotThereError(
                f"{what}: there is no such revision.", todo="Name a tag, branch or commit of the repo."
            )
        case GatedRepoError():
            return SynthBuilderError(
                f"{what}: it is gated.", todo="Accept its conditions on its page, and log in with `hf auth login`."
            )
        case RepositoryNotFoundError() | HFValidationError():
            return NotThereError(
                f"{what}: there is no such repo.",
                cause="It is spelled otherwise, or is private and the token is missing or another's.",
                todo="Check the name, ORG/NAME, or the path where a folder is meant; log in with `hf auth login`.",
            )
    failure = read_failure(error)
    if failure is None:
        return SynthBuilderError(f"{what}: {type(error).__name__}.", todo="Try again later.")
    # hf_xet, when its own attempts are used up: the answer stands in its text.
    answer = _ANSWER_TO_XET.search(str(error)) if isinstance(error, RuntimeError) else None
    return _explain_failure(what, Failure(int(answer[1]), "") if answer else failure)


def _explain_failure(what: str, failure: Failure) -> SynthBuilderError:
    match failure.status:
        case 0 if failure.is_local:
            return SynthBuilderError(
                f"{what}: {without_addresses(failure.said).rstrip('.')}.",
                cause="A file, or the cache below HF_HOME, cannot be read or written.",
            )
        case 0:
            return SynthBuilderError(
                f"{what}: there is no connection to the Hub ({failure}).",
                todo="Connect and try again, or name the folder of a local copy.",
            )
        case 401:
            return SynthBuilderError(
                f"{what}: the Hub does not know the token.", todo="Log in with `hf auth login`, or set HF_TOKEN."
            )
        case 404:
            return SynthBuilderError(
                f"{what}: it is not there ({failure}).", todo="Write ORG/NAME, as on its page, and what is on it."
            )
        case 429:
            return SynthBuilderError(f"{what}: the Hub asks to wait ({failure}).", todo="Try again later.")
        case _ if failure.passes:
            return SynthBuilderError(f"{what}: the Hub fails ({failure}).", todo="Try again later.")
        case _:
            return SynthBuilderError(
                f"{what}: the Hub refuses ({failure}).",
                cause="The token may not read it, or something between here and the Hub holds it up.",
                todo="Check whose token is used: hf auth whoami",
            )


def without_addresses(text: str) -> str:
    """The text with `(an address)` in place of each, as some are signed."""
    return _ADDRESS.sub("(an address)", text)


def read_failure(error: BaseException) -> Failure | None:
    """What an error of huggingface_hub, its transport or hf_xet says of a request; None: it is about something else."""
    if isinstance(error, OfflineModeIsEnabled):
        return None
    for each in _chain(error):
        match each:
            case HfHubHTTPError():
                return Failure(each.response.status_code, (each.server_message or "").strip(), _told(each.response))
            case httpx2.HTTPError() | TimeoutError():
                return Failure(0, type(each).__name__)
            case ConnectionError():  # all that hf_xet says of an answer stands in its text
                answer = _ANSWER_TO_XET.search(str(each))
                return Failure(int(answer[1]), "") if answer else Failure(0, type(each).__name__)
            case PermissionError(errno=None):  # hf_xet's
                return Failure(401, "")
            case OSError():
                return Failure(0, str(each), is_local=True)
    # An error page in place of JSON, or what hf_xet raises when its own attempts are used up.
    return Failure(0, type(error).__name__) if isinstance(error, (json.JSONDecodeError, RuntimeError)) else None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _told(response: httpx2.Response) -> float | None:
    limit = parse_ratelimit_headers(response.headers)
    if response.status_code == 429 and limit is not None and limit.remaining == 0:
        return limit.reset_in_seconds + 1.0  # it counts in whole seconds
    return retry_after_seconds(response.headers.get("Retry-After", ""))
