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

Database = Annotated[str | None, typer.Option("--database", help="The server's database, if not its default one")]


def load(
    graph: Directory,
    uri: Annotated[str, typer.Argument(metavar="URI", help="A Neo4j server, such as neo4j://localhost:7687 or neo4j+s://host")],
    database: Database = None,
    force: Annotated[bool, typer.Option("--force", help="Also into a database that holds other nodes")] = False,
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, help="Nodes or edges in one transaction; 2000 if not given")
    ] = None,
) -> None:
    """Load a graph into Neo4j, or bring what is there up to date. User and password: NEO4J_USER, NEO4J_PASSWORD, or asked for.

    Example: kg load my.kg neo4j://localhost:7687
    """
    from kg.stores import neo4j
    from kg.stores.base import LOAD_BATCH
    from kg.tables import open_version

    version = open_version(graph)
    report = neo4j.load(version, _login(uri, database), force=force, batch=batch or LOAD_BATCH, progress=progress_line())
    removed = f", {report.removed:,} removed" if report.removed else ""
    state = removed if report.changed else ", nothing changed"
    say(f"{uri}: {counted(report.nodes, 'node')}, {counted(report.edges, 'edge')}{state}")


def ask_server(
    uri: str, database: str | None, question: str, given: Mapping[str, str], language: str | None, timeout: float, limit: int
) -> Answer:
    """The answer of a Neo4j server to a saved question, a file or a text, all in Cypher."""
    from kg import catalog
    from kg.stores.neo4j import Neo4jStore

    query = catalog.find_query(question, language)
    if query.language != "cypher":
        raise UsageError("a Neo4j server answers Cypher; ask in SPARQL with: kg query GRAPH QUESTION")
    with contextlib.closing(Neo4jStore(_login(uri, database))) as store:
        return catalog.ask(store, query, given, timeout=timeout, limit=limit)


def _login(uri: str, database: str | None) -> Login:
    from kg.stores.neo4j import login

    return login(
        uri, database, (lambda prompt: str(typer.prompt(prompt, hide_input=True, err=True))) if sys.stdin.isatty() else None
    )
