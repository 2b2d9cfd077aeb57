"""Carry huggingface_hub's requests over aiohttp: less than half the processor time, and no limit on connections.

huggingface_hub's own async transport allows 100 connections, counts the wait for one as part of the time limit, and
refuses every address under HF_HUB_OFFLINE=1. An endpoint that a recipe names is meant to be reached there, too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import httpx2

_CONNECT_SECONDS = 30.0


class AiohttpTransport(httpx2.AsyncBaseTransport):
    """An httpx2 transport over one aiohttp session, opened in the loop that uses it first.

    It limits nothing, so that no request waits for a connection within its time limit: who sends keeps count. A header
    with an empty value is not sent.
    """

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send one request; errors come back as httpx2's own kinds."""
        session = self._session or self._open_session(request.url.host)
        body = await request.aread()
        try:
            response = await session.request(
                request.method,
                str(request.url),
                data=body or None,
                headers=[
                    (name, value) for name, value in request.headers.items() if value and name not in _SET_BY_AIOHTTP
                ],
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _translate(error, request) from error
        return httpx2.Response(
            response.status,
            headers=[(name, value) for name, value in response.raw_headers],
            stream=_Body(response, request),
            request=request,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open_session(self, host: str) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
            auto_decompress=False,
            trust_env=not is_loopback(host),
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )
        return self._session


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, to which no proxy of the environment leads."""
    return host in ("localhost", "::1") or host.startswith("127.")


_SET_BY_AIOHTTP = frozenset({"host", "content-length", "transfer-encoding", "connection"})


class _Body(httpx2.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse, request: httpx2.Request) -> None:
        self._response = response
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._response.content.iter_any():
                yield part
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise _translate(error, self._request) from error

    async def aclose(self) -> None:
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


def _translate(error: Exception, request: httpx2.Request) -> httpx2.TransportError:
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return httpx2.ConnectTimeout(str(error), request=request)
    if isinstance(error, TimeoutError):
        return httpx2.ReadTimeout(str(error), request=request)
    if isinstance(error, aiohttp.ClientConnectorError):
        return httpx2.ConnectError(str(error), request=request)
    return httpx2.ReadError(str(error) or type(error).__name__, request=request)
