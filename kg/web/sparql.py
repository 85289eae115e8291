"""The SPARQL 1.1 Protocol (W3C 2013): `/sparql`, to be read only."""

from __future__ import annotations

from urllib.parse import parse_qs

import anyio
from pyoxigraph import Literal, NamedNode, Triple
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from kg.rdf.description import description_text
from kg.rdf.terms import term
from kg.stores._results import SOLUTIONS, TRIPLES
from kg.web.http import Refused, body_of, tagged, with_charset
from kg.web.negotiation import best_media
from kg.web.site import Served, Site
from kg.web.workers import Busy, Done, Task

_SD = "http://www.w3.org/ns/sparql-service-description#"
_FORMATS = "http://www.w3.org/ns/formats/"
_FORMS = {
    "application/sparql-results+json": "SPARQL_Results_JSON", "application/sparql-results+xml": "SPARQL_Results_XML",
    "text/csv": "SPARQL_Results_CSV", "text/tab-separated-values": "SPARQL_Results_TSV", "text/turtle": "Turtle",
    "application/n-triples": "N-Triples", "application/ld+json": "JSON-LD", "application/rdf+xml": "RDF_XML",
}  # fmt: skip


class Endpoint:
    """The service, an ASGI endpoint."""

    def __init__(self, served: Served, workers: int, seconds: float) -> None:
        self._served, self._seconds = served, seconds
        self._gate = anyio.CapacityLimiter(workers)

    async def __call__(self, request: Request) -> Response:
        """Answer a query operation.

        Raises:
            Refused, KgError: what becomes an error of HTTP.
        """
        fields = await _operation(request)
        site = self._served.site()
        if "update" in fields:
            raise Refused(403, "the graph is read-only: updates are not allowed")
        if "query" not in fields:
            if request.method == "POST":
                raise Refused(400, "a query operation needs one `query`")
            return self._described(request, site)
        if len(fields["query"]) != 1:
            raise Refused(400, f"a query operation has one `query`, found {len(fields['query'])}")
        for name in ("default-graph-uri", "named-graph-uri"):
            for iri in fields.get(name, []):
                if name == "named-graph-uri" or iri not in (f"{site.base}dataset", f"{site.base}graph"):
                    raise Refused(400, f"there is no graph <{iri[:200]}> here; all triples are in the default graph")
        done = await self.run(site, Task(fields["query"][0], request.headers.get("accept")))
        headers = {"Vary": "Accept", **({"X-Truncated": "rows"} if done.truncated else {})}
        return FileResponse(
            done.path,
            media_type=with_charset(done.media),
            headers=headers,
            background=BackgroundTask(done.path.unlink, missing_ok=True),
        )

    async def run(self, site: Site, task: Task) -> Done:
        """Run a task once a worker is free.

        Raises:
            Busy: none became free in time.
            KgError: see `Pool.run`.
        """
        owner, mine = object(), False
        with anyio.move_on_after(self._seconds):
            await self._gate.acquire_on_behalf_of(owner)
            mine = True
        if not mine:
            raise Busy("all workers are busy; ask again in a moment")
        try:
            return await anyio.to_thread.run_sync(site.pool.run, task, limiter=anyio.CapacityLimiter(1))
        finally:
            self._gate.release_on_behalf_of(owner)

    def _described(self, request: Request, site: Site) -> Response:
        media = best_media(request.headers.get("accept"), [*TRIPLES, "text/html"])
        if media is None:
            raise Refused(406, f"the description of the service can be had as {', '.join(TRIPLES)}")
        if media == "text/html":
            return RedirectResponse("/query", 303, {"Vary": "Accept"})
        data = description_text(_service(f"{site.settings.address}/sparql", site), TRIPLES[media])
        return tagged(request, site.stamp, data, media, {"Vary": "Accept"})


async def _operation(request: Request) -> dict[str, list[str]]:
    """The fields of an operation, by the table of the protocol's sections 2.1 and 2.2."""
    in_address = parse_qs(request.url.query, keep_blank_values=True)
    if request.method != "POST":
        return in_address
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        try:
            return parse_qs(await body_of(request), keep_blank_values=True, max_num_fields=100)
        except ValueError:
            raise Refused(400, "an operation has at most 100 fields") from None
    if kind in ("application/sparql-query", "application/sparql-update"):
        name = kind.rpartition("-")[2]
        graphs = {key: values for key, values in in_address.items() if key not in ("query", "update")}
        return {**graphs, name: [await body_of(request)]}
    raise Refused(415, "a query is posted as application/x-www-form-urlencoded or application/sparql-query")


def _service(address: str, site: Site) -> list[Triple]:
    service, dataset = NamedNode(address), NamedNode(f"{site.base}dataset")
    graph = NamedNode(f"{site.base}graph")
    return [
        Triple(service, term("rdf:type"), NamedNode(f"{_SD}Service")),
        Triple(service, NamedNode(f"{_SD}endpoint"), service),
        Triple(service, NamedNode(f"{_SD}supportedLanguage"), NamedNode(f"{_SD}SPARQL11Query")),
        *(
            Triple(service, NamedNode(f"{_SD}resultFormat"), NamedNode(_FORMATS + _FORMS[m]))
            for m in (*SOLUTIONS, *TRIPLES)
            if m in _FORMS
        ),
        Triple(service, NamedNode(f"{_SD}defaultDataset"), dataset),
        Triple(dataset, term("rdf:type"), NamedNode(f"{_SD}Dataset")),
        Triple(dataset, NamedNode(f"{_SD}defaultGraph"), graph),
        Triple(graph, term("rdf:type"), NamedNode(f"{_SD}Graph")),
        Triple(graph, NamedNode("http://rdfs.org/ns/void#triples"), Literal(site.triples)),
    ]
