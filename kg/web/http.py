"""What all answers of the server share: limits on what comes in, entity tags, errors in one line, headers that keep browsers safe."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from kg.model.errors import KgError, QueryError, QueryTimeout, ReadOnly, UnknownName, UsageError
from kg.web.workers import Busy, NotAcceptable

MOST_SENT = 1 << 20  # bytes of a request's body
_LARGE = 1 << 19  # bytes of an answer that is not kept
_POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
_SAFE = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STATUS: tuple[tuple[type[KgError], int], ...] = (
    (NotAcceptable, 406),
    (Busy, 503),
    (QueryTimeout, 503),
    (ReadOnly, 403),
    (UnknownName, 404),
    (QueryError, 400),
    (UsageError, 400),
)


class Refused(Exception):
    """A request that is answered with an error: status, words, and headers."""

    def __init__(self, status: int, words: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(words)
        self.status, self.words, self.headers = status, words, dict(headers or {})


async def body_of(request: Request) -> str:
    """The body as text.

    Raises:
        Refused: it is too long (413), or not UTF-8 (400).
    """
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MOST_SENT:
            raise Refused(413, f"a request may have {MOST_SENT >> 20} MB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused(400, "the request is not in UTF-8") from None


def tagged(
    request: Request, stamp: str, data: bytes | Callable[[], bytes], media: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer with an entity tag that changes with `stamp` and `media`, or 304 where the client holds it; then
    data that is yet to be made is not."""
    tag = f'"{hashlib.sha256(f"{stamp} {request.url.path} {request.url.query} {media}".encode()).hexdigest()[:20]}"'
    told = {"ETag": tag, "Cache-Control": "no-cache", **(headers or {})}
    held = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in held or "*" in held:
        return Response(status_code=304, headers=told)
    return Response(data() if callable(data) else data, media_type=with_charset(media), headers=told)


def with_charset(media: str) -> str:
    """A media type, with its charset where clients may take another for granted."""
    return f"{media}; charset=utf-8" if media.startswith("text/") else media


async def told_refusal(request: Request, error: Exception) -> Response:
    """An error as one line of text: for `Refused` and `KgError`."""
    if isinstance(error, Refused):
        return PlainTextResponse(error.words + "\n", error.status, error.headers)
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    words = (
        str(error) if status < 500 or isinstance(error, QueryTimeout | Busy) else "the server failed over this; its log says how"
    )
    return PlainTextResponse(words + "\n", status, {"Retry-After": "2"} if status == 503 else {})


class Packed:
    """Compresses what pages are made of; data is sent as it is, one form of it for each media type."""

    def __init__(self, app: Any) -> None:
        self._app, self._packing = app, GZipMiddleware(app, minimum_size=2000, compresslevel=4)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        packs = scope["type"] == "http" and (scope["path"] in ("/query", "/search") or scope["path"].startswith(("/ui/", "/api/")))
        await (self._packing if packs else self._app)(scope, receive, send)


class Remembered:
    """Keeps answers of the JSON interface that were asked for lately, whole and packed, so that what is asked often takes no time.

    `stamp` names what is served now: another one empties the memory. Only answers with an entity tag are kept, up to so many bytes in all.
    """

    def __init__(self, app: Any, stamp: Callable[[], str], most: int = 32 << 20) -> None:
        self._app, self._stamp, self._most = app, stamp, most
        self._known: OrderedDict[tuple[Any, ...], list[Any]] = OrderedDict()
        self._size, self._of = 0, ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        if (stamp := self._stamp()) != self._of:
            self._known.clear()
            self._size, self._of = 0, stamp
        asked = tuple(sorted(pair for pair in scope["headers"] if pair[0] in (b"accept-encoding", b"if-none-match")))
        key = scope["path"], scope["query_string"], asked
        if (messages := self._known.get(key)) is not None:
            self._known.move_to_end(key)
            for message in messages:
                await send(dict(message))
            return
        messages = []

        async def keep(message: Any) -> None:
            if self._weight(messages) < _LARGE:
                messages.append(dict(message))
            await send(message)

        await self._app(scope, receive, keep)
        whole = messages and not messages[-1].get("more_body") and messages[-1]["type"] == "http.response.body"
        if whole and messages[0]["status"] == 200 and any(name == b"etag" for name, _ in messages[0]["headers"]):
            self._size += self._weight(messages)
            self._known[key] = messages
            while self._size > self._most:
                self._size -= self._weight(self._known.popitem(last=False)[1])

    @staticmethod
    def _weight(messages: list[Any]) -> int:
        return sum(len(message.get("body", b"")) for message in messages) + 1000


class SafeHeaders:
    """Puts headers on every answer: a content policy and the like, and where `cors` names an origin, who may read it from pages of others."""

    def __init__(self, app: Any, cors: str) -> None:
        self._app, self._cors = app, cors

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = dict(_SAFE)
        if self._cors and not scope["path"].startswith("/api/"):
            added["Access-Control-Allow-Origin"] = self._cors
            added["Access-Control-Expose-Headers"] = "Link, Content-Location, X-Truncated"

        async def safe_send(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.lower().encode(), v.encode()) for k, v in added.items())]
            await send(message)

        if scope["method"] == "OPTIONS" and any(name == b"access-control-request-method" for name, _ in scope["headers"]):
            allowed = {
                "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
                "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
            }
            await Response(status_code=204, headers={**allowed, "Access-Control-Max-Age": "86400"})(scope, receive, safe_send)
            return
        await self._app(scope, receive, safe_send)
