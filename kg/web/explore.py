"""What the explorer asks for: things, neighbours, paths, sentences, and the map of the whole graph."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from kg.model.errors import UnknownName, UsageError
from kg.web.atlas import as_json
from kg.web.http import tagged
from kg.web.site import Served, Site

_JSON = "application/json"
_MOST = 1000  # nodes in one request
Several = Annotated[list[str] | None, Query()]


def explore(served: Served) -> APIRouter:
    """The routes. What they do takes a few milliseconds, less than to hand it to a thread."""
    router = APIRouter(prefix="/api")

    def answer(request: Request, site: Site, value: Any) -> Response:
        return tagged(request, site.stamp, as_json(value), _JSON)

    @router.get("/entity/{id}", summary="A thing")
    async def entity(request: Request, id: str) -> Response:
        """All about an entity or paper but its neighbours: names, links, text and the names in it, numbers of edges by type and direction."""
        site = served.site()
        return answer(request, site, site.atlas.details(_number(site, id)))

    @router.get("/nodes", summary="Things and what joins them")
    async def nodes(
        request: Request, ids: Annotated[str, Query(max_length=20_000, description="Ids with commas between")]
    ) -> Response:
        """These things, as far as they are there, and all edges between them."""
        site = served.site()
        wanted = [site.moved.get(one, one) for one in ids.split(",")][:_MOST]
        numbers = [n for one in dict.fromkeys(wanted) if (n := site.atlas.number(one)) is not None]
        return answer(request, site, {"nodes": [site.atlas.node(n) for n in numbers], "edges": site.atlas.between(numbers)})

    @router.get("/neighbours", summary="What is next to a thing")
    async def neighbours(
        request: Request,
        id: str,
        edge: Several = None,
        type: Several = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 40,
        offset: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        """The best supported first, by edges of these types, to things of these types; `total` tells how many there are."""
        site = served.site()
        for given, known in ((edge, site.atlas.kinds), (type, site.atlas.types)):
            if unknown := set(given or ()) - set(known):
                raise UsageError(f"unknown type {min(unknown)!r}; known: {', '.join(known)}")
        return answer(request, site, site.atlas.neighbours(_number(site, id), edge or (), type or (), limit, offset))

    @router.get("/compare/things", summary="Things side by side")
    async def compare(
        request: Request, ids: Annotated[str, Query(max_length=200, description="Two to six ids with commas between")]
    ) -> Response:
        """What edges join them to and what was measured of them, a cell for each thing, what more of them share first."""
        site = served.site()
        numbers = [_number(site, one) for one in ids.split(",")]
        if not 2 <= len(set(numbers)) == len(numbers) <= 6:
            raise UsageError("two to six different things can be compared")
        return answer(request, site, {"things": [site.atlas.node(n) for n in numbers], "rows": site.atlas.compare(numbers)[:_MOST]})

    @router.get("/path", summary="A shortest path")
    async def path(request: Request, source: str, target: str) -> Response:
        """Nodes and edges from one thing to another, in order; none where there is no path of eight steps."""
        site = served.site()
        start, end = _number(site, source), _number(site, target)
        edges = site.atlas.path(start, end) if start != end else []
        numbers = [start] if edges else []
        for one in edges:
            numbers.append(int(site.atlas.edges.source[one] + site.atlas.edges.target[one] - numbers[-1]))
        return answer(request, site, {"nodes": [site.atlas.node(n) for n in numbers], "edges": [site.atlas.edge(e) for e in edges]})

    @router.get("/evidence", summary="The sentences behind an edge")
    async def evidence(request: Request, edge: Annotated[str, Query(max_length=16)]) -> Response:
        """The surest first, each with its paper and the places of the names of both ends in it."""
        site = served.site()
        found = site.atlas.evidence(edge)
        if not found:
            raise UnknownName(f"the graph has no edge {edge!r}")
        return answer(request, site, found)

    @router.get("/overview", summary="The map of the graph")
    async def map_(request: Request) -> Response:
        """Communities with their places, sizes and best connected things, links between them, names of the best connected; or `ready` false
        while the map is made."""
        site = served.site()
        found = site.map.read()
        return (
            Response(as_json({"ready": False}), media_type=_JSON)
            if found is None
            else answer(request, site, {"ready": True, **found[0]})
        )

    @router.get("/overview/map", summary="The map's places and edges, as bytes")
    async def map_bytes(request: Request) -> Response:
        """Little-endian: numbers of nodes and edges (2 uint32), x and y of each node (float32), source and target of each edge (uint32), degrees
        (uint16), types (uint8)."""
        site = served.site()
        found = site.map.read()
        if found is None:
            raise UnknownName("the map is being made; ask again in a moment")
        return tagged(request, site.stamp, found[1], "application/octet-stream")

    @router.get("/overview/node", summary="A thing of the map")
    async def map_node(request: Request, number: Annotated[int, Query(ge=0)]) -> Response:
        """The thing of this number."""
        site = served.site()
        if number >= len(site.atlas):
            raise UnknownName(f"the map has {len(site.atlas)} things")
        return answer(request, site, site.atlas.node(number))

    return router


def _number(site: Site, identifier: str) -> int:
    number = site.atlas.number(site.moved.get(identifier, identifier))
    if number is None:
        raise UnknownName(f"the graph has nothing of the id {identifier[:40]!r}")
    return number
