"""The part of the command line about servers: a graph loaded into Neo4j, and questions asked there."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from kg.cli_curation import Directory
from kg.model.errors import UsageError
from kg.printing import counted, progress_line, say

if TYPE_CHECKING:
    from kg.stores.base import Answer
    from kg.stores.neo4j import Login

NamedGraph = Annotated[
    str | None, typer.Option("--graph", metavar="IRI", help="The named graph in a SPARQL server, if not the base IRI's /graph")
]
Database = Annotated[str | None, typer.Option("--database", help="The server's database, if not its default one")]


def load(
    graph: Directory,
    uri: Annotated[
        str,
        typer.Argument(
            metavar="URI", help="A Neo4j server, as neo4j://localhost:7687, or a SPARQL one, as http://localhost:7878/update"
        ),
    ],
    database: Database = None,
    named_graph: NamedGraph = None,
    force: Annotated[bool, typer.Option("--force", help="Also into a database that holds other nodes")] = False,
    batch: Annotated[
        int | None,
        typer.Option("--batch", min=1, help="Nodes, edges or triples in one transaction; 2000, or 10000 triples, if not given"),
    ] = None,
) -> None:
    """Load a graph into a Neo4j or SPARQL server, or bring what is there up to date.

    User and password come from NEO4J_USER and NEO4J_PASSWORD, or are asked for; for SPARQL from SPARQL_USER and SPARQL_PASSWORD.

    Example: kg load my.kg neo4j://localhost:7687
    """
    from kg.stores import neo4j
    from kg.stores.base import LOAD_BATCH
    from kg.tables import open_version

    version = open_version(graph)
    if _speaks_http(uri):
        from kg.stores import sparql

        told = sparql.load(version, sparql.endpoint(uri, named_graph), batch=batch or sparql.BATCH, progress=progress_line())
        say(f"{uri}: {counted(told.triples, 'triple')}{'' if told.changed else ', nothing changed'}")
        return
    report = neo4j.load(version, _login(uri, database), force=force, batch=batch or LOAD_BATCH, progress=progress_line())
    removed = f", {report.removed:,} removed" if report.removed else ""
    state = removed if report.changed else ", nothing changed"
    say(f"{uri}: {counted(report.nodes, 'node')}, {counted(report.edges, 'edge')}{state}")


def serve(
    graph: Directory,
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="The interface to listen on; any but this machine's own needs --public")
    ] = "127.0.0.1",
    public: Annotated[
        bool, typer.Option("--public", help="Let other machines ask: whoever reaches the port can read the graph")
    ] = False,
    address: Annotated[
        str | None,
        typer.Option("--address", metavar="URL", help="Where the server is found from outside, such as https://kg.example.org"),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Queries that run at one time; the others wait")] = 2,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that a query may run")] = 10.0,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows or triples of an answer")] = 100_000,
    cors: Annotated[
        str, typer.Option("--cors", help="From which pages of others SPARQL and data may be read: an origin, * for all, or nothing")
    ] = "*",
    log: Annotated[bool, typer.Option("--log", help="Tell each request")] = False,
) -> None:
    """Serve a graph: pages to look at, linked data, a SPARQL endpoint at /sparql, JSON under /api. Stop it with Ctrl + C.

    Example: kg serve my.kg --port 8000
    """
    from kg.web.app import LOOPBACK, address_of, host_of, loopback, make_app, run
    from kg.web.site import Settings
    from kg.web.workers import Limits

    if not loopback(host) and not public:
        raise UsageError(f"--host {host} lets other machines read the graph; add --public if that is meant")
    try:
        hosts = ("*",) if public and not address else (*LOOPBACK, host, *((host_of(address),) if address else ()))
    except ValueError:
        raise UsageError(f"--address must be an address such as https://kg.example.org, found {address!r}") from None
    if public:
        say(f"kg: whoever reaches port {port} of this machine can read {graph}")
    shown = address_of("localhost" if host in ("0.0.0.0", "::") else host, port)
    settings = Settings(graph, (address or shown).rstrip("/"), workers, Limits(timeout, limit), cors)
    run(make_app(settings, hosts), host, port, log, lambda: say(f"{graph} is at {shown}/"))


def ask_server(
    uri: str, part: str | None, question: str, given: Mapping[str, str], language: str | None, timeout: float, limit: int
) -> Answer:
    """The answer of a server to a saved question, a file or a text: in Cypher from Neo4j, in SPARQL over HTTP. `part` is the
    database or the named graph."""
    from kg import catalog

    if _speaks_http(uri):
        from kg.stores.sparql import SparqlStore, endpoint

        query = catalog.find_query(question, language or ("sparql" if question in catalog.saved_names() else None))
        if query.language != "sparql":
            raise UsageError("a SPARQL server answers SPARQL; ask in Cypher with: kg query GRAPH QUESTION")
        return catalog.ask(SparqlStore(endpoint(uri, part)), query, given, timeout=timeout, limit=limit)
    from kg.stores.neo4j import Neo4jStore

    query = catalog.find_query(question, language)
    if query.language != "cypher":
        raise UsageError("a Neo4j server answers Cypher; ask in SPARQL with: kg query GRAPH QUESTION")
    with contextlib.closing(Neo4jStore(_login(uri, part))) as store:
        return catalog.ask(store, query, given, timeout=timeout, limit=limit)


def _speaks_http(uri: str) -> bool:
    return uri.startswith(("http://", "https://"))


def _login(uri: str, database: str | None) -> Login:
    from kg.stores.neo4j import login

    return login(
        uri, database, (lambda prompt: str(typer.prompt(prompt, hide_input=True, err=True))) if sys.stdin.isatty() else None
    )
