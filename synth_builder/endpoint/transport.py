"""Carry requests over aiohttp: a fraction of the processor time of httpx2, and no limit on connections.

huggingface_hub's own async transport allows 100 connections, counts the wait for one as part of the time limit, and
refuses every address under HF_HUB_OFFLINE=1. An endpoint that a recipe names is meant to be reached there, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

import aiohttp

_CONNECT_SECONDS = 30.0

# What people call these failures; the first that fits counts.
_NAMES: dict[type[Exception], str] = {
    aiohttp.ConnectionTimeoutError: "ConnectTimeout",
    TimeoutError: "ReadTimeout",
    aiohttp.ClientConnectorError: "ConnectError",
}


class Answer(NamedTuple):
    """An answer as it came.

    Attributes:
        status: HTTP status.
        reason: What the server calls it.
        headers: By their names in any case.
        body: Whole and unpacked.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")


class TransportError(Exception):
    """No answer came, or not all of it."""


class Transport:
    """One aiohttp session, opened in the loop that uses it first.

    It limits nothing, so that no request waits for a connection within its time limit: who sends keeps count.

    Args:
        headers: Of every request.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: bytes) -> Answer:
        """Send one request; a redirect is not followed.

        Raises:
            TransportError: No answer came, or not all of it.
            ValueError: The address or a header cannot be written.
        """
        session = self._session or self._open_session(url)
        try:
            async with session.post(url, data=body, allow_redirects=False) as response:
                return Answer(response.status, response.reason or "", response.headers, await response.read())
        except (aiohttp.ClientError, OSError) as error:  # its time limits are of both kinds
            raise TransportError(_describe(error)) from error

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open_session(self, url: str) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            trust_env=not is_loopback(urlsplit(url).hostname or ""),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self._session


def is_loopback(host: str) -> bool:
    """Whether a host is this machine; proxies of the environment are for others."""
    return host in ("localhost", "::1") or host.startswith("127.")


def _describe(error: Exception) -> str:
    name = next((name for kind, name in _NAMES.items() if isinstance(error, kind)), "ReadError")
    return f"{name}: {error}" if str(error) else name
