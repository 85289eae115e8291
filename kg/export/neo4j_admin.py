"""A folder for the first load of a large graph into Neo4j: CSV files with headers, and `import.sh` with the command that reads them.

`neo4j-admin database import` writes the files of a database that does not run, many times faster than a server can. What it makes
is what `kg load` makes, but for empty lists, which it leaves out; `kg load` finds it complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from kg.model.vocabulary import load_vocabulary
from kg.projection import to_property_graph
from kg.stores.base import LOAD_BATCH, load_stamp
from kg.tables import Version

_BETWEEN = "\x1f"  # items of a list: the unit separator, which no text holds
_NODE = {"id": "id:ID"}
_EDGE = {"source": ":START_ID", "target": ":END_ID"}


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    path.mkdir(parents=True, exist_ok=True)
    graph, entities = to_property_graph(version), load_vocabulary().entities
    build = {"build": load_stamp(version, LOAD_BATCH)}
    made, options = [], []
    for nodes in graph.nodes:
        if nodes.rows:
            labels = ":".join(["PaperKG", nodes.label, *(["Entity"] if nodes.label in entities else [])])
            made.append(_write(path / f"nodes-{nodes.label}.csv", ({**row, **build} for row in nodes.rows), _NODE))
            options.append(f"--nodes={labels}={made[-1].name}")
    told = {"id": "load", "stamp": build["build"], "done": 0, "complete": True}
    made.append(_write(path / "nodes-PaperKGLoad.csv", [told], _NODE))
    options.append(f"--nodes=PaperKGLoad={made[-1].name}")
    for number, edges in enumerate(graph.edges, start=1):
        made.append(_write(path / f"edges-{number:02d}-{edges.type}.csv", ({**row, **build} for row in edges.rows), _EDGE))
        options.append(f"--relationships={edges.type}={made[-1].name}")
    script = path / "import.sh"
    script.write_text(
        "#!/bin/sh\n# Imports this folder into a database that is not running; its name is the first argument, else neo4j.\n"
        'cd "$(dirname "$0")" || exit 1\nexec neo4j-admin database import full "${1:-neo4j}" --overwrite-destination \\\n  '
        + " \\\n  ".join(["--id-type=string", "--array-delimiter=U+001F", "--multiline-fields=true", *options])
        + "\n",
        encoding="utf-8",
    )
    script.chmod(0o755)
    return [*made, script]


def _write(path: Path, rows: Iterable[dict[str, Any]], named: dict[str, str]) -> Path:
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(",".join(named.get(column) or _header(column, [row.get(column) for row in listed]) for column in columns) + "\n")
        for row in listed:
            file.write(",".join(_field(row.get(column)) for column in columns) + "\n")
    return path


def _header(column: str, values: Sequence[Any]) -> str:
    """`name:type`, told by the values."""
    kinds = {type(value) for value in values if value is not None}
    kind = (
        "string[]"
        if list in kinds
        else "boolean"
        if kinds == {bool}
        else "long"
        if kinds == {int}
        else "double"
        if kinds & {float}
        else "string"
    )
    return f"{column}:{kind}"


def _field(value: Any) -> str:
    """A quoted field; nothing for what is absent."""
    if value is None or value == []:
        return ""
    text = (
        _BETWEEN.join(map(str, value)) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)
    )
    return '"' + text.replace('"', '""') + '"'
