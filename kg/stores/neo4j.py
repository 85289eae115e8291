"""Neo4j: a server of one's own, through the official driver (`pip install 'paperkg[neo4j]'`).

`load` makes a database hold what a version of a graph holds; `Neo4jStore` asks it. Every node of ours has the label `PaperKG`, by
whose unique `id` it is found; every node and edge carries the stamp of the version that it was last written for (`build`), by
which what is gone is found; what somebody else has tied an edge to is not deleted then, but becomes a `PaperKGFormer`. How far a load has come stands in the database, written in the transaction of each batch:
one that was cut off goes on where it was.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from kg.model.errors import QueryError, QueryTimeout, ReadOnly, StoreError, UsageError
from kg.model.vocabulary import load_vocabulary
from kg.projection import PropertyGraph, to_property_graph
from kg.resources import data_path
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, LOAD_BATCH, Answer, Capabilities, load_stamp, refuse_files
from kg.tables import Version

if TYPE_CHECKING:
    from neo4j import Driver, ManagedTransaction

SCHEMES = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
OLDEST = 5  # the first major version of the server that speaks the Cypher used here
_RETRY = 30.0  # seconds for which a transaction is tried again after passing errors
_LOAD = "load"  # id of the node that tells how far a load has come
_NEWS = """
MERGE (l:PaperKGLoad {id: $id}) SET l.stamp = $stamp, l.done = $done, l.complete = $complete
"""


@dataclass(frozen=True)
class Login:
    """Where and as whom: the password comes from the environment or a prompt, never from the command line."""

    uri: str
    user: str
    password: str
    database: str | None = None


def login(uri: str, database: str | None = None, ask: Callable[[str], str] | None = None) -> Login:
    """The user and password for a server, from `NEO4J_USER` and `NEO4J_PASSWORD`, or asked for.

    Raises:
        UsageError: the address is not one of a Neo4j server, holds a password, or there is no password.
    """
    parts = urlsplit(uri)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise UsageError(f"{_hidden(uri)!r} is no address of a Neo4j server; one looks like neo4j://localhost:7687")
    if parts.password or parts.username:
        raise UsageError("a user or password in an address would stand in logs; set NEO4J_USER and NEO4J_PASSWORD instead")
    password = os.environ.get("NEO4J_PASSWORD") or (ask(f"Password for {uri}") if ask else "")
    if not password:
        raise UsageError(f"no password for {uri}; set NEO4J_PASSWORD (and NEO4J_USER, if it is not neo4j)")
    return Login(uri, os.environ.get("NEO4J_USER") or "neo4j", password, database)


@dataclass
class LoadReport:
    """What a load did: nodes and edges of the graph, batches written now, what was removed; `changed` is false if all was there."""

    nodes: int = 0
    edges: int = 0
    batches: int = 0
    removed: int = 0
    changed: bool = True


class Neo4jStore:
    """A server as a store that is only read."""

    capabilities = Capabilities(language="cypher", embedded=False, writable=False, shortest_path=True)

    def __init__(self, where: Login) -> None:
        """Connect.

        Raises:
            StoreError: the server does not answer, refuses the login, or is too old.
        """
        self._where = where
        self._driver = _connect(where)

    def query(
        self,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:
        """See `GraphStore.query`. The transaction can only read."""
        from neo4j import READ_ACCESS, Query

        refuse_files(text)
        with _faults(self._where), self._driver.session(database=self._where.database, default_access_mode=READ_ACCESS) as session:
            result = session.run(Query(text, timeout=timeout), dict(parameters or {}))
            columns = tuple(result.keys())
            rows: list[tuple[Any, ...]] = []
            for record in result:
                if len(rows) == limit:
                    return Answer(columns, rows, truncated=True)
                rows.append(tuple(_plain(value) for value in record.values()))
            return Answer(columns, rows)

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()


def load(
    version: Version,
    where: Login,
    *,
    force: bool = False,
    batch: int = LOAD_BATCH,
    progress: Callable[[str, int, int], None] | None = None,
) -> LoadReport:
    """Make a database hold this version of a graph, and nothing of other versions.

    Each batch is one transaction, tried again by the driver after a passing error. A load that was cut off goes on where it was; one
    of a version that is there already changes nothing.

    Raises:
        StoreError: the server does not answer or refuses; the database holds nodes that are not ours, and `force` is not set.
    """
    graph = to_property_graph(version)
    with contextlib.closing(_connect(where)) as driver, _faults(where), driver.session(database=where.database) as session:
        foreign = session.run(
            "MATCH (n) WHERE NOT n:PaperKG AND NOT n:PaperKGLoad AND NOT n:PaperKGFormer RETURN labels(n) AS labels LIMIT 1"
        ).single()
        if foreign and not force:
            labels = ":".join(foreign["labels"]) or "no label"
            raise StoreError(
                f"the database at {where.uri} holds nodes that are not paperkg's ({labels}); name an empty one with --database, or add to it with --force"
            )
        for statement in _schema():
            session.run(statement).consume()
        stamp = load_stamp(version, batch)
        report = LoadReport(sum(len(n.rows) for n in graph.nodes), sum(len(e.rows) for e in graph.edges))
        done = _done(session, stamp, report)
        if done is None:
            report.changed = False
            return report
        batches = list(_batches(graph, batch))
        for number, (text, rows) in enumerate(batches, start=1):
            if number > done:
                session.execute_write(_write, text, rows, stamp, number)
                report.batches += 1
            if progress:
                progress("load", number, len(batches))
        for text in (
            "MATCH (:PaperKG)-[r]->(:PaperKG) WHERE r.build <> $stamp WITH r LIMIT $most DELETE r RETURN count(*) AS gone",
            "MATCH (n:PaperKG) WHERE n.build <> $stamp AND EXISTS { (n)-[r]-() WHERE r.build IS NULL } WITH n LIMIT $most "
            f"SET n:PaperKGFormer REMOVE n:PaperKG:Entity:{':'.join(load_vocabulary().looks)} RETURN count(*) AS gone",
            "MATCH (n:PaperKG) WHERE n.build <> $stamp WITH n LIMIT $most DETACH DELETE n RETURN count(*) AS gone",
        ):
            while gone := session.execute_write(_delete, text, stamp, batch):
                report.removed += gone
        if _held(session, stamp) != (report.nodes, report.edges):
            session.execute_write(_tell, stamp, 0, False)
            raise StoreError(f"something else changed the nodes at {where.uri} meanwhile; run the command again")
        session.execute_write(_tell, stamp, len(batches), True)
    return report


def _schema() -> list[str]:
    lines = data_path("schema", "neo4j.cypher").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("//"))
    return [statement for statement in text.split(";") if statement.strip()]


def _done(session: Any, stamp: str, report: LoadReport) -> int | None:
    """After how many batches a load of this version was cut off; None if all of it is there."""
    known = session.run(
        "MATCH (l:PaperKGLoad {id: $id}) RETURN l.stamp AS stamp, l.done AS done, l.complete AS complete", id=_LOAD
    ).single()
    if known is None or known["stamp"] != stamp:
        session.execute_write(_tell, stamp, 0, False)
        return 0
    if not known["complete"]:
        return int(known["done"])
    if _held(session, stamp) == (report.nodes, report.edges):
        return None
    session.execute_write(_tell, stamp, 0, False)  # somebody took something out
    return 0


def _held(session: Any, stamp: str) -> tuple[int, int]:
    """How many nodes and edges the database has of a version."""
    nodes = session.run("MATCH (n:PaperKG {build: $stamp}) RETURN count(n) AS n", stamp=stamp).single()["n"]
    edges = session.run("MATCH (:PaperKG)-[r {build: $stamp}]->(:PaperKG) RETURN count(r) AS n", stamp=stamp).single()["n"]
    return int(nodes), int(edges)


def _batches(graph: PropertyGraph, size: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The statements that write a graph, each with its rows; nodes first. Labels and types come from the vocabulary only."""
    entities = load_vocabulary().entities
    for nodes in graph.nodes:
        labels = f"{nodes.label}:Entity" if nodes.label in entities else nodes.label
        text = f"UNWIND $rows AS row MERGE (n:PaperKG {{id: row.id}}) SET n:{labels} SET n = row SET n.build = $stamp"
        yield from ((text, nodes.rows[i : i + size]) for i in range(0, len(nodes.rows), size))
    for edges in graph.edges:
        text = (
            "UNWIND $rows AS row MATCH (a:PaperKG {id: row.source}) MATCH (b:PaperKG {id: row.target}) "
            f"MERGE (a)-[r:{edges.type}]->(b) SET r = row.properties SET r.build = $stamp"
        )
        for i in range(0, len(edges.rows), size):
            yield text, [
                {"source": row["source"], "target": row["target"], "properties": {k: v for k, v in row.items() if k not in ("source", "target")}}
                for row in edges.rows[i : i + size]
            ]  # fmt: skip


def _write(transaction: ManagedTransaction, text: str, rows: list[dict[str, Any]], stamp: str, number: int) -> None:
    transaction.run(text, rows=rows, stamp=stamp).consume()
    _tell(transaction, stamp, number, False)


def _tell(transaction: ManagedTransaction, stamp: str, done: int, complete: bool) -> None:
    transaction.run(_NEWS, id=_LOAD, stamp=stamp, done=done, complete=complete).consume()


def _delete(transaction: ManagedTransaction, text: str, stamp: str, most: int) -> int:
    found = transaction.run(text, stamp=stamp, most=most).single()
    return int(found["gone"]) if found else 0


def _connect(where: Login) -> Driver:
    try:
        from neo4j import GraphDatabase, NotificationMinimumSeverity
    except ImportError as error:
        raise UsageError("Neo4j needs its driver; install it with: pip install 'paperkg[neo4j]'") from error
    logging.getLogger("neo4j").addHandler(logging.NullHandler())  # what it would say comes as an error of ours
    driver = GraphDatabase.driver(
        where.uri,
        auth=(where.user, where.password),
        user_agent="paperkg",
        connection_timeout=10,
        max_transaction_retry_time=_RETRY,
        notifications_min_severity=NotificationMinimumSeverity.OFF,
    )
    try:
        with _faults(where):
            agent = driver.get_server_info().agent
            if int(agent.partition("/")[2].split(".")[0] or OLDEST) < OLDEST:
                raise StoreError(f"{where.uri} runs {agent}; paperkg needs Neo4j {OLDEST} or later")
            with driver.session(database=where.database) as session:
                session.run("RETURN 1").consume()
    except BaseException:
        driver.close()
        raise
    return driver


@contextlib.contextmanager
def _faults(where: Login) -> Iterator[None]:
    """The driver's errors as ours, each a line that says what to do."""
    from neo4j import exceptions

    place = f"database {where.database!r} at {where.uri}" if where.database else where.uri
    try:
        yield
    except exceptions.AuthError:
        raise StoreError(f"{where.uri} refuses user {where.user!r}; check NEO4J_USER and NEO4J_PASSWORD") from None
    except exceptions.Neo4jError as error:
        raise _told(error, where, place) from None
    except (exceptions.ServiceUnavailable, exceptions.SessionExpired, OSError) as error:
        raise StoreError(
            f"{place} does not answer ({_one_line(error)}); check that Neo4j runs there, then run the command again"
        ) from None
    except (exceptions.DriverError, ValueError) as error:
        raise StoreError(f"{place}: {_one_line(error)}") from None


def _told(error: Any, where: Login, place: str) -> Exception:
    code = error.code or ""
    if "Forbidden" in code:
        return StoreError(f"user {where.user!r} may not do this in {place} ({_one_line(error)}); use one who may")
    if "DatabaseNotFound" in code:
        return StoreError(f"there is no {place}; create it, or leave --database out")
    if "AccessMode" in code:
        return ReadOnly("the query would write; a store is only read here, change it with: kg build, kg load")
    if "TransactionTimedOut" in code or "TransactionTimedOutClientConfiguration" in code:
        return QueryTimeout("the query ran longer than its time; narrow it or raise --timeout")
    if code.startswith(("Neo.ClientError.Statement", "Neo.ClientError.Procedure", "Neo.ClientError.Gql")):
        return QueryError(f"Cypher: {_one_line(error)}")
    return StoreError(f"{place}: {_one_line(error)} ({code})")


def _plain(value: Any) -> Any:
    """A value of the driver as str, int, float, bool, None, list or dict."""
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node | Relationship):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Path):
        return [_plain(part) for part in (*value.nodes, *value.relationships)]
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _one_line(error: BaseException) -> str:
    text = getattr(error, "message", None) or str(error)
    return " ".join(str(text).split())[:300]


def _hidden(uri: str) -> str:
    """An address without what may be a password."""
    head, at, tail = uri.rpartition("@")
    return f"…@{tail}" if at and head else uri
