"""Where the toy papers lie, and the bytes and triples of a graph directory, for tests that compare builds."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pyoxigraph as ox

import kg
from kg import catalog
from kg.rdf.lines import parsed
from kg.rdf.mapping import to_lines
from kg.tables import Version

TOY = Path(__file__).parent / "toy"


def table_bytes(directory: Path) -> dict[str, bytes]:
    """The live version's tables and manifest and the extraction cache, byte for byte."""
    version = directory / (directory / "CURRENT").read_text().strip()
    found = {path.name: path.read_bytes() for path in sorted(version.iterdir()) if path.is_file()}
    found.update({f"records/{path.name}": path.read_bytes() for path in sorted((directory / "records").glob("*"))})
    return found


def record(paper: str, *entities: tuple[str, ...], relations: tuple[tuple[str, int, int], ...] = ()) -> dict[str, Any]:
    """What a made-up paper says: entities as type, name and other forms; relations between them by their numbers."""
    return {
        "id": paper,
        "entities": [
            {"id": f"e{i}", "type": kind, "name": names[-1], "mentions": list(names), "roles": ["mentions"]}
            for i, (kind, *names) in enumerate(entities)
        ],
        "relations": [{"type": kind, "source": f"e{a}", "target": f"e{b}"} for kind, a, b in relations],
    }


def build_records(tmp_path: Path, *records: dict[str, Any]) -> Path:
    """A graph of made-up papers with these records, or one with them added."""
    (tmp_path / "p.jsonl").write_text(
        "".join(json.dumps({"id": r["id"], "title": r["id"], "abstract": f"On {r['id']}."}) + "\n" for r in records)
    )
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    kg.build([tmp_path / "p.jsonl"], tmp_path / "g.kg", model=None, records=tmp_path / "r.jsonl")
    return tmp_path / "g.kg"


def arguments(graph: kg.Graph, question: str, most: int) -> list[dict[str, str]]:
    """Up to so many ways to ask a saved question of a graph: by the entities of its parameter's type that most papers have, by pairs
    of things or papers, and, where every parameter may be left out, without any first."""
    parameters = catalog.saved_query(question).parameters
    named = [p for p in parameters if p.kind not in ("integer", "number", "text", "venue")]
    needed = [p for p in named if p.default is None]
    entities = sorted(graph.version.rows("entities"), key=lambda e: (-e["papers"], e["id"]))
    asked: list[dict[str, str]] = [] if needed else [{}]
    for parameter in named if not needed else []:
        asked += [{parameter.name: e["name"]} for e in entities if e["type"] == parameter.kind.title()][:most]
    if [p.kind for p in needed] == ["papers"]:
        ids = [row["own_id"] for row in graph.version.rows("papers", ["own_id"])]
        asked += [{needed[0].name: f"{one}; {other}"} for one, other in itertools.pairwise(ids)][:most]
    elif needed:
        fit = [e["name"] for e in entities if needed[0].kind in ("entity", e["type"].lower())]
        asked += [{p.name: fit[i + 3 * n] for n, p in enumerate(needed)} for i in range(min(most, len(fit) - 3))]
    return asked


def triples_of(version: Version) -> set[ox.Triple]:
    """The triples of a version as a store gives them back, which keeps decimals by value."""
    store = ox.Store()
    store.extend(parsed(to_lines(version)))
    return {quad.triple for quad in store}
