"""How fast does a graph go into Neo4j, beside the bare driver? Usage: neo4j_load.py GRAPH

Needs an empty server for tests at NEO4J_URI (NEO4J_USER, NEO4J_PASSWORD). In turn, twice: the same batches sent by the driver
alone, then by `kg load`, each into an emptied database; then `kg load` again on what is there. Prints the seconds and, of the
means, the rate of `kg load` to the driver's and the first load to the second. Laying the graph out is timed apart: both need it.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from pathlib import Path

import neo4j

from kg.projection import to_property_graph
from kg.stores.base import LOAD_BATCH
from kg.stores.neo4j import _batches, _schema, load, login
from kg.tables import open_version


def main() -> None:
    version = open_version(Path(sys.argv[1]))
    where = login(os.environ["NEO4J_URI"])
    start = time.perf_counter()
    graph = to_property_graph(version)
    laid_out = time.perf_counter() - start
    size = sum(len(part.rows) for part in (*graph.nodes, *graph.edges))
    print(f"{size} nodes and edges, laid out in {laid_out:.1f} s")
    seconds: dict[str, list[float]] = {"driver": [], "first": [], "second": []}
    with neo4j.GraphDatabase.driver(where.uri, auth=(where.user, where.password)) as driver, driver.session() as session:

        def clear() -> None:
            while session.run("MATCH (n) WITH n LIMIT 5000 DETACH DELETE n RETURN count(*) AS gone").single(strict=True)["gone"]:
                pass

        for statement in _schema():
            session.run(statement).consume()
        for _ in range(2):
            clear()
            start = time.perf_counter()
            for text, rows in _batches(graph, LOAD_BATCH):
                session.execute_write(lambda tx, text=text, rows=rows: tx.run(text, rows=rows, stamp="bare").consume())
            seconds["driver"].append(time.perf_counter() - start)
            clear()
            for name in ("first", "second"):
                start = time.perf_counter()
                load(version, where)
                seconds[name].append(time.perf_counter() - start)
            print({name: round(values[-1], 1) for name, values in seconds.items()}, flush=True)
    driver_s, first, second = (statistics.mean(seconds[name]) for name in ("driver", "first", "second"))
    print(f"kg load at {driver_s / (first - laid_out):.2f} of the driver's rate; {size / first:.0f} a second in all")
    print(f"the second load {first / second:.1f} times faster than the first")


if __name__ == "__main__":
    main()
