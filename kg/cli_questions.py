"""The part of the command line that asks: saved questions, query files and texts, here or in a server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from kg.cli_servers import Database, NamedGraph, ask_server
from kg.model.errors import UsageError
from kg.printing import check_output, print_answer, say

Output = Annotated[str, typer.Option("--output", help="table, json, jsonl or csv")]


def query(
    graph: Annotated[str, typer.Argument(metavar="GRAPH", help="Graph directory, such as my.kg; with --store, the question")],
    words: Annotated[
        str | None,
        typer.Argument(metavar="QUESTION", help="A saved question, a .cypher or .rq file, or query text", show_default=False),
    ] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", "--param", metavar="NAME=VALUE", help="A parameter; may be repeated")
    ] = None,
    language: Annotated[str | None, typer.Option("--lang", help="cypher or sparql; told from the text if not given")] = None,
    output: Output = "table",
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows to return")] = 10_000,
    timeout: Annotated[float, typer.Option("--timeout", min=0.001, help="Seconds after which the query is given up")] = 30.0,
    store: Annotated[
        str | None,
        typer.Option("--store", metavar="URI", help="Ask a server instead: neo4j://localhost:7687, or http://localhost:7878/query"),
    ] = None,
    database: Database = None,
    named_graph: NamedGraph = None,
    explain: Annotated[bool, typer.Option("--explain", help="Show the text and the parameters, and ask nothing")] = False,
) -> None:
    """Ask the graph: a saved question (see `kg queries`), or Cypher or SPARQL of your own.

    Example: kg query my.kg outperforms -p name=BERT
    """
    from kg.graph import Graph

    check_output(output)
    if language not in (None, "cypher", "sparql"):
        raise UsageError(f"--lang must be cypher or sparql, found {language!r}")
    given = dict(_pair(text) for text in parameter or ())
    if (store is None) == (words is None):
        raise UsageError("kg query GRAPH QUESTION, or kg query --store URI QUESTION")
    if explain:
        _explain(words if words is not None else graph, given, language)
        return
    if store is not None:
        answer = ask_server(store, database or named_graph, graph, given, language, timeout, limit)
    else:
        with Graph(Path(graph)) as opened:
            answer = opened.ask(words or "", given, language, timeout=timeout, limit=limit)
    print_answer(answer, output)
    if answer.truncated:
        say(f"only the first {limit:,} rows; see more with --limit")


def queries(
    name: Annotated[str | None, typer.Argument(help="Show this question's parameters and text")] = None,
    language: Annotated[str, typer.Option("--lang", help="cypher or sparql")] = "cypher",
    output: Output = "table",
) -> None:
    """List the saved questions, or show one."""
    from kg import catalog
    from kg.stores.base import Answer

    check_output(output)
    if name is not None:
        if language not in ("cypher", "sparql"):
            raise UsageError(f"--lang must be cypher or sparql, found {language!r}")
        print(catalog.saved_query(name, language).text, end="")
        return
    rows: list[tuple[Any, ...]] = []
    for known in catalog.saved_names():
        saved = catalog.saved_query(known)
        needs = ", ".join(p.name if p.default is None else f"[{p.name}]" for p in saved.parameters)
        rows.append((known, needs, saved.title, saved.description))
    print_answer(Answer(("name", "parameters", "title", "description"), rows), output)


def _explain(words: str, given: Mapping[str, str], language: str | None) -> None:
    """Print what would be asked: language, parameters with their types as JSON, text."""
    from kg import catalog

    asked = catalog.find_query(words, language)
    print(f"language: {asked.language}\nparameters: {json.dumps(asked.bind(given), ensure_ascii=False)}\n\n{asked.text.rstrip()}")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError(f"-p takes NAME=VALUE, found {text!r}")
    return name, value
