"""The server: explorer pages, linked data, SPARQL and the JSON interface over one graph directory."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from kg.model.errors import KgError, StoreError
from kg.release import RELEASE
from kg.resources import data_path
from kg.web.api import api
from kg.web.explore import explore
from kg.web.http import Packed, Refused, Remembered, SafeHeaders, told_refusal
from kg.web.pages import Pages, wants_html
from kg.web.site import Served, Settings
from kg.web.sparql import Endpoint

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "::1")


def make_app(settings: Settings, hosts: Sequence[str] = LOOPBACK) -> FastAPI:
    """The application; it answers only requests that are made to one of these hosts, `*` for any.

    Raises:
        NotAGraph, DamagedGraph, StoreError, UsageError: the graph cannot be served.
    """
    served = Served(settings)
    served.site().prepare()
    pages, endpoint = Pages(served), Endpoint(served, settings.workers, settings.limits.seconds)

    @contextlib.asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        yield
        served.close()

    app = FastAPI(title="paperkg", version=RELEASE, docs_url=None, redoc_url=None, openapi_url="/api/openapi.json", lifespan=life)
    app.include_router(api(served, endpoint))
    app.include_router(explore(served))
    app.add_route("/sparql", endpoint.__call__, methods=["GET", "POST"], include_in_schema=False)
    for path, page in (
        ("/", pages.dataset), ("/dataset", pages.dataset), ("/dataset.{ending}", pages.dataset), ("/.well-known/void", pages.void),
        ("/schema", pages.schema), ("/terms", pages.terms), ("/query", pages.query), ("/search", pages.search),
    ):  # fmt: skip
        app.add_route(path, page, methods=["GET"], include_in_schema=False)
    app.mount("/ui", StaticFiles(directory=data_path("web", "ui", "static")))
    app.add_route("/{kind}/{name}", pages.thing, methods=["GET"], include_in_schema=False)

    async def refused(request: Request, error: Exception) -> Response:
        answer = await told_refusal(request, error)
        if not request.url.path.startswith(("/api/", "/sparql")) and wants_html(request.headers.get("accept")):
            return pages.refusal(request, answer.status_code, bytes(answer.body).decode().strip())
        return answer

    async def not_found(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return await refused(request, Refused(error.status_code, str(error.detail), error.headers))

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        words = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors())
        return PlainTextResponse(words + "\n", 400)

    app.add_exception_handler(Refused, refused)
    app.add_exception_handler(KgError, refused)
    app.add_exception_handler(HTTPException, not_found)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_middleware(Packed)
    app.add_middleware(Remembered, stamp=lambda: served.site().stamp)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(SafeHeaders, cors=settings.cors)
    return app


def run(app: FastAPI, host: str, port: int, log: bool = False, ready: Callable[[], None] = lambda: None) -> None:
    """Serve until stopped; `ready` is called once the port is open.

    Raises:
        StoreError: the port cannot be had.
    """
    import uvicorn

    level = "info" if log else "warning"
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level=level,
        http="h11",
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=3,
    )
    try:
        listening = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048)
    except OSError as error:
        raise StoreError(
            f"port {port} of {host} cannot be had ({os.strerror(error.errno or 0)}); choose another with --port"
        ) from error
    ready()
    uvicorn.Server(config).run(sockets=[listening])


def address_of(host: str, port: int) -> str:
    """The address of pages of a server there."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def host_of(address: str) -> str:
    """The host that an address names.

    Raises:
        ValueError: it is no address of HTTP.
    """
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(address)
    return parts.hostname


def loopback(host: str) -> bool:
    """Whether only this machine can reach a host."""
    return host in LOOPBACK or host.startswith("127.")
