"""A SPARQL 1.1 server of one's own: asked by the SPARQL Protocol, loaded by SPARQL Update.

`load` makes a named graph hold the triples of a version. Where it holds the version before, one request takes out what is gone and puts in
what is new. Else they go in batches, each one request; where there is some older version, into a graph beside it (`…/next`), and when all are there,
the server finds what differs, so that readers see the older version until then. (MOVE would do it too, but stores write every triple anew for it.) How far a load has come stands in a third
graph (`…/load`), written in the request of each batch: one that was cut off goes on where it was.
"""

from __future__ import annotations

import base64
import io
import itertools
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pyoxigraph as ox

from kg.changes import MOST_CHANGED, changed_parts
from kg.model.errors import DamagedGraph, QueryError, QueryTimeout, StoreError, UsageError
from kg.rdf.changes import changes
from kg.rdf.lines import each_line
from kg.rdf.mapping import to_lines
from kg.rdf.terms import BASE, PREFIXES, SCHEMA
from kg.stores._sparql import bind, to_answer
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, Answer, Capabilities, load_stamp
from kg.tables import Version, earlier_version

SCHEMES = ("http", "https")
GRAPH = f"{BASE}graph"  # the named graph that a load fills, if no other is asked for
BATCH = 10_000  # triples in one request
_TRIES = 3
_PATIENCE = 3600.0  # seconds for which an update is waited for
_AGAIN = {429, 502, 503, 504}  # statuses of a server that may answer in a moment


@dataclass(frozen=True)
class Endpoint:
    """Where to ask, where to write, and which named graph; user and password come from the environment."""

    query: str
    update: str
    graph: str
    user: str = ""
    password: str = ""


@dataclass
class LoadReport:
    """What a load did: triples of the graph, batches sent now; `changed` is false if all was there."""

    triples: int = 0
    batches: int = 0
    changed: bool = True


def endpoint(uri: str, graph: str | None = None) -> Endpoint:
    """The addresses of a server, from that of its query or update service, or its root; `SPARQL_USER` and `SPARQL_PASSWORD` if it asks.

    `…/query` and `…/update` belong together (Oxigraph, Fuseki), so do a repository and its `/statements` (RDF4J, GraphDB); a root without
    path gets `/query` and `/update`; any other address serves both.

    Raises:
        UsageError: the address is not one of HTTP, or holds a password; or the graph's name is no IRI.
    """
    parts = urlsplit(uri)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise UsageError(
            f"{uri.rpartition('@')[2]!r} is no address of a SPARQL server; one looks like http://localhost:7878/update"
        )
    if parts.password or parts.username:
        raise UsageError("a user or password in an address would stand in logs; set SPARQL_USER and SPARQL_PASSWORD instead")
    path = parts.path.rstrip("/")
    for ending, query, update in (
        ("/update", "/query", "/update"),
        ("/query", "/query", "/update"),
        ("/statements", "", "/statements"),
    ):
        if path.endswith(ending):
            root = path.removesuffix(ending)
            paths = root + query, root + update
            break
    else:
        paths = (path, path) if path else ("/query", "/update")
    addresses = [urlunsplit(parts._replace(path=p, fragment="")) for p in paths]
    try:
        name = ox.NamedNode(graph or GRAPH).value
    except ValueError:
        raise UsageError(f"--graph must be an absolute IRI, found {graph!r}") from None
    return Endpoint(addresses[0], addresses[1], name, os.environ.get("SPARQL_USER", ""), os.environ.get("SPARQL_PASSWORD", ""))


class SparqlStore:
    """A server as a store that is only read; the default graph is the one that loads fill."""

    capabilities = Capabilities(language="sparql", embedded=False, stops_on_timeout=False)

    def __init__(self, where: Endpoint) -> None:
        self._where = where

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:
        """See `GraphStore.query`; answers of CONSTRUCT and DESCRIBE are rows of subject, predicate, object."""
        bound = "".join(f"PREFIX {name}: <{iri}>\n" for name, iri in PREFIXES.items()) + bind(text, parameters or {})
        return to_answer(_ask(self._where, bound, timeout), limit)

    def close(self) -> None:
        """Nothing is held open."""


def load(
    version: Version, where: Endpoint, *, batch: int = BATCH, progress: Callable[[str, int, int], None] | None = None
) -> LoadReport:
    """Make a named graph hold the triples of this version, and no others.

    A request that fails in passing is sent again, which changes nothing: what is there is not there twice.

    Raises:
        StoreError: the server does not answer, refuses, or has lost what it was sent.
    """
    stamp, report, beside = load_stamp(version, batch), LoadReport(), f"{where.graph}/next"
    done, there = _done(where, stamp)
    if there:
        return LoadReport(there, changed=False)
    if mended := 0 if done else _mended(version, where, batch):
        return LoadReport(mended, 1)
    into = beside if _held(where, beside) or (not done and _held(where, where.graph)) else where.graph
    if not done:
        _update(where, f"CLEAR SILENT GRAPH <{beside}> ;\n{_told(where, stamp, 0)}")
    every = itertools.chain.from_iterable(map(each_line, to_lines(version)))
    for number, lines in enumerate(_batches(every, batch), start=1):
        report.triples += len(lines)
        if number > done:
            _update(where, f"{_data('INSERT', into, lines)} ;\n{_told(where, stamp, number)}")
            report.batches += 1
        if progress:
            progress("load", report.triples, 0)
    if _held(where, into) != report.triples:
        _update(where, f"CLEAR SILENT GRAPH <{into}> ;\n{_told(where, stamp, 0)}")
        raise StoreError(f"{where.update} does not hold what it was sent; run the command again")
    gone, new = _difference("DELETE", where.graph, where.graph, beside), _difference("INSERT", where.graph, beside, where.graph)
    _update(where, (f"{gone} ;\n{new} ;\n" if into == beside else "") + _told(where, stamp, 0, report.triples))
    _update(where, f"CLEAR SILENT GRAPH <{beside}>")
    return report


def _mended(version: Version, where: Endpoint, batch: int) -> int:
    """How many triples the server's graph has, if it held the version before this one and could be brought up to this in one request; else 0."""
    earlier = earlier_version(version)
    _, there = _done(where, load_stamp(earlier, batch)) if earlier else (0, 0)
    try:
        if earlier is None or not there or changed_parts(earlier, version)[1].share >= MOST_CHANGED:
            return 0
        changed = changes(earlier, version)
    except DamagedGraph:
        return 0  # of the version before; what is asked for is whole
    now = there + len(changed.added) - len(changed.removed)
    steps = [("DELETE", changed.removed), ("INSERT", changed.added)]
    texts = [_data(verb, where.graph, sorted(lines)) for verb, lines in steps if lines]
    _update(where, " ;\n".join([*texts, _told(where, load_stamp(version, batch), 0, now)]))
    return now if _held(where, where.graph) == now else 0


def _data(verb: str, graph: str, lines: Iterable[str]) -> str:
    """The update that inserts these lines of N-Triples into a graph, or deletes them from it."""
    return f"{verb} DATA {{ GRAPH <{graph}> {{\n{''.join(lines)}}} }}"


def _difference(verb: str, graph: str, one: str, other: str) -> str:
    """The update that inserts into a graph, or deletes from it, what `one` has and `other` has not."""
    has_not = f"FILTER NOT EXISTS {{ GRAPH <{other}> {{ ?s ?p ?o }} }}"
    return f"{verb} {{ GRAPH <{graph}> {{ ?s ?p ?o }} }} WHERE {{ GRAPH <{one}> {{ ?s ?p ?o }} {has_not} }}"


def _batches(lines: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(lines)
    while part := list(itertools.islice(rest, size)):
        yield part


def _told(where: Endpoint, stamp: str, done: int, triples: int = 0) -> str:
    """The update that tells how far a load of a version has come: after how many batches, and how many triples in all once it is complete."""
    name = f"<{where.graph}/load>"
    return (
        f"DELETE WHERE {{ GRAPH {name} {{ {name} ?p ?o }} }} ;\n"
        f'INSERT DATA {{ GRAPH {name} {{ {name} <{SCHEMA}stamp> "{stamp}" ; <{SCHEMA}done> {done} ; <{SCHEMA}triples> {triples} }} }}'
    )


def _done(where: Endpoint, stamp: str) -> tuple[int, int]:
    """After how many batches a load of this version was cut off, and how many triples it has where all of it is there."""
    name = f"<{where.graph}/load>"
    found = f"{name} <{SCHEMA}stamp> ?stamp ; <{SCHEMA}done> ?done ; <{SCHEMA}triples> ?triples"
    rows = to_answer(
        _ask(where, f"SELECT ?stamp ?done ?triples WHERE {{ GRAPH {name} {{ {found} }} }}", _PATIENCE, default=False), 2
    ).rows
    if len(rows) != 1 or rows[0][0] != stamp:
        return 0, 0
    _, done, triples = rows[0]
    return int(done), int(triples) if triples and _held(where, where.graph) == triples else 0


def _held(where: Endpoint, graph: str) -> int:
    answer = to_answer(
        _ask(where, f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}", _PATIENCE, default=False), 1
    )
    return int(answer.rows[0][0])


def _ask(where: Endpoint, text: str, timeout: float, default: bool = True) -> Any:
    """What a query answers, parsed; over our named graph alone unless `default` is false."""
    fields = {"query": text, **({"default-graph-uri": where.graph} if default else {})}
    accept = "application/sparql-results+json, application/n-triples;q=0.9"
    body, kind = _send(
        where, where.query, urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded", accept, timeout, 1
    )
    try:
        if "n-triples" in kind:
            return ox.parse(body, format=ox.RdfFormat.N_TRIPLES)
        return ox.parse_query_results(io.BytesIO(body), format=ox.QueryResultsFormat.JSON)
    except (SyntaxError, ValueError) as error:
        raise StoreError(
            f"{where.query} does not answer like a SPARQL server ({kind or 'no media type'}); check the address"
        ) from error


def _update(where: Endpoint, text: str) -> None:
    _send(where, where.update, text.encode(), "application/sparql-update", "*/*", _PATIENCE, _TRIES)


def _send(where: Endpoint, address: str, body: bytes, kind: str, accept: str, timeout: float, tries: int) -> tuple[bytes, str]:
    headers = {"Content-Type": kind, "Accept": accept, "User-Agent": "paperkg"}
    if where.user:
        headers["Authorization"] = "Basic " + base64.b64encode(f"{where.user}:{where.password}".encode()).decode()
    for left in reversed(range(tries)):
        try:
            with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=timeout) as answer:
                return answer.read(), answer.headers.get_content_type()
        except urllib.error.HTTPError as error:
            if left and error.code in _AGAIN:
                error.close()
                time.sleep(0.5)
                continue
            raise _refused(address, error) from error
        except TimeoutError as error:
            raise QueryTimeout(f"{address} took longer than {timeout:g} s; narrow the query or raise --timeout") from error
        except (OSError, ValueError) as error:
            if left:
                time.sleep(0.5)
                continue
            reason = getattr(error, "reason", error)
            raise StoreError(
                f"{address} does not answer ({reason}); start the server or check the address, and run the command again"
            ) from error
    raise AssertionError("unreachable")


def _refused(address: str, error: urllib.error.HTTPError) -> StoreError | QueryError:
    with error:
        said = " ".join(error.read(2000).decode("utf-8", "replace").split())[:300]
    if error.code in (401, 403):
        return StoreError(f"{address} refuses ({error.code}); set SPARQL_USER and SPARQL_PASSWORD to a user who may do this")
    if error.code == 400:
        return QueryError(f"{address}: {said or 'bad request'}")
    if error.code in (404, 405):
        return StoreError(f"{address} is no SPARQL service ({error.code}); name the server's query or update address")
    return StoreError(f"{address} failed ({error.code}): {said}")
