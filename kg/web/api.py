"""The JSON interface: search, saved questions, counts. Its description is at `/api/openapi.json`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from kg import catalog
from kg.model.errors import UsageError
from kg.web.atlas import as_json
from kg.web.http import tagged
from kg.web.site import Served
from kg.web.sparql import Endpoint
from kg.web.workers import Task

_ASKED = ("lang", "limit")  # not parameters of a question


def api(served: Served, endpoint: Endpoint) -> APIRouter:
    """All routes under `/api`."""
    router = APIRouter(prefix="/api")

    @router.get("/search", summary="Things by name")
    async def search(
        request: Request,
        q: Annotated[str, Query(max_length=200, description="The beginning of a name, an alias, a title, or of a word in one")],
        type: Annotated[str | None, Query(description="Only things of this type, such as Dataset or Paper")] = None,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Response:
        """Exact names first, entities before papers, the best known first; `form` is the name that was found, `papers` how many papers name an
        entity, or the year of a paper."""
        site = served.site()
        return tagged(request, site.stamp, as_json(site.names.find(q, type, limit)), "application/json")

    @router.get("/stats", summary="Counts")
    async def stats() -> dict[str, Any]:
        """How many things of each type there are, and how many triples."""
        site = served.site()
        return {"counts": site.counts, "triples": site.triples, "base": site.base}

    @router.get("/queries", summary="The saved questions")
    def queries() -> list[dict[str, Any]]:
        """Each with its parameters, columns and languages."""
        return [_told(name) for name in catalog.saved_names()]

    @router.get("/queries/{name}", summary="Ask a saved question")
    async def ask(
        request: Request,
        name: str,
        lang: Annotated[str | None, Query(description="cypher or sparql")] = None,
        limit: Annotated[int, Query(ge=1, le=10_000, description="Most rows")] = 1000,
    ) -> Response:
        """Its parameters are those of the request: `?dataset=GSM8K`. The answer has `columns`, `rows`, and `truncated` if there are more rows."""
        if lang not in (None, "cypher", "sparql"):
            raise UsageError(f"lang is cypher or sparql, found {lang!r}")
        given = tuple((key, value) for key, value in request.query_params.items() if key not in _ASKED)
        query = catalog.saved_query(name, lang or "cypher")
        query.bind(dict(given))  # what is wrong is told without a worker
        done = await endpoint.run(served.site(), Task(name, None, given, lang or "cypher", limit))
        return FileResponse(done.path, media_type=done.media, background=BackgroundTask(done.path.unlink, missing_ok=True))

    @router.get("/leaderboard", summary="Best results on a dataset")
    async def leaderboard(request: Request, dataset: str, metric: str = "") -> Response:
        """As the saved question `leaderboard`: best first by the metric's direction, each with its sentence and paper."""
        return await ask(request, "leaderboard", None, 1000)

    @router.get("/compare", summary="Papers side by side")
    async def compare(request: Request, papers: str) -> Response:
        """As the saved question `compare`: what these papers (ids or titles, with `;` between) address, use, evaluate on and report."""
        return await ask(request, "compare", None, 1000)

    return router


def _told(name: str) -> dict[str, Any]:
    query = catalog.saved_query(name)
    languages = [language for language in ("cypher", "sparql") if name in catalog.saved_names(language)]
    return {
        "name": name, "title": query.title, "description": query.description, "columns": query.columns, "languages": languages,
        "parameters": [vars(parameter) for parameter in query.parameters],
    }  # fmt: skip
