"""A graph opened for reading: the Python face of query, show, stats and export."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kg import catalog, registry
from kg.export.base import Exporter
from kg.frames import to_frame
from kg.model.errors import StoreError, UnknownName, UsageError
from kg.model.identifiers import entity_keys
from kg.model.vocabulary import load_vocabulary
from kg.names import nearest, spelt_alike
from kg.stores.base import DEFAULT_LIMIT, DEFAULT_TIMEOUT, Answer, GraphStore
from kg.tables import open_version

Row = dict[str, Any]


@dataclass(frozen=True)
class EntityView:
    """All that the graph knows of one entity, ready to print.

    `papers` has (role, title, year, confidence, sentence), `relations` (type, direction, other name, other type,
    papers, confidence, sentence), `results` (value, metric, dataset, kind, paper, sentence); best first.
    """

    id: str
    type: str
    name: str
    aliases: tuple[str, ...]
    paper_count: int
    first_year: int | None
    links: tuple[str, ...]
    papers: list[Row]
    relations: list[Row]
    results: list[Row]


class Graph:
    """One version of a graph directory. Stores are opened at first use; close it, or use it in a `with`."""

    def __init__(self, directory: Path | str) -> None:
        """Open the live version.

        Raises:
            NotAGraph, DamagedGraph: see `kg.tables.open_version`.
        """
        self.directory = Path(directory)
        self.version = open_version(self.directory)
        self._stores: dict[str, GraphStore] = {}

    def __enter__(self) -> Graph:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the stores."""
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def store(self, language: str) -> GraphStore:
        """The embedded store for `cypher` or `sparql`."""
        if language not in self._stores:
            self._stores[language] = catalog.open_store(self.version, language)
        return self._stores[language]

    def query(
        self, words: str, language: str | None = None, *, timeout: float = DEFAULT_TIMEOUT, limit: int = DEFAULT_LIMIT,
        as_: str = "answer", **parameters: Any,
    ) -> Any:  # fmt: skip
        """Ask a saved question by name, a query file, or a query text; parameters by keyword.

        What comes back is an `Answer`, or with `as_` "arrow" a `pyarrow.Table`, "pandas" or "polars" a data frame of these.

        Raises:
            QueryError, QueryTimeout, ReadOnly, UnknownName.
            UsageError: also where pandas or polars is not installed.
        """
        answer = self.ask(words, parameters, language, timeout=timeout, limit=limit)
        return answer if as_ == "answer" else to_frame(answer, as_)

    def ask(
        self, words: str, parameters: Mapping[str, Any], language: str | None = None, *, timeout: float = DEFAULT_TIMEOUT,
        limit: int = DEFAULT_LIMIT,
    ) -> Answer:  # fmt: skip
        """As `query`, with the parameters in a mapping."""
        query = catalog.find_query(words, language)
        return catalog.ask(self.store(query.language), query, parameters, timeout=timeout, limit=limit)

    def stats(self) -> dict[str, dict[str, int]]:
        """Counts: nodes by type, statements by type, table rows."""
        relations = Counter(row["type"] for row in self.version.rows("relations", ["type"]))
        roles = Counter(row["role"] for row in self.version.rows("roles", ["role"]))
        types = Counter(row["type"] for row in self._entities)
        counts = self.version.counts
        vocabulary = load_vocabulary()
        return {
            "nodes": {"Paper": counts["papers"], **{t: types[t] for t in vocabulary.entities}, "Result": counts["results"]},
            "roles": {predicate.edge: roles[name] for name, predicate in vocabulary.roles.items()},
            "relations": {name: relations[name] for name in vocabulary.relations},
            "tables": dict(sorted(counts.items())),
        }

    def find(self, name: str) -> list[Row]:
        """Entities of this name or alias, in any case and spelling, or of this id, which may be a former one; the best supported
        first.

        Raises:
            UnknownName: none; the message names the nearest.
        """
        wanted = name.strip().lower()
        found = [row for row in self._entities if wanted in self._keys(row)]
        if not found:
            ids = {wanted, *(row["new"] for row in self.version.rows("redirects") if row["old"] == wanted)}
            alike = spelt_alike(name)
            found = [
                row
                for row in self._entities
                if row["id"] in ids or any(alike(form, row["type"]) for form in (row["name"], *row["aliases"]))
            ]
        if not found:
            known = ((key, row["name"]) for row in self._entities for key in self._keys(row))
            raise UnknownName(f"nothing named {name!r} in {self.directory}; {nearest(wanted, known)}")
        return sorted(found, key=lambda row: (-row["papers"], row["type"], row["id"]))

    def show(self, name: str) -> list[EntityView]:
        """All entities of this name, each with its papers, relations and results.

        Raises:
            UnknownName: none of this name.
        """
        return [self._view(row) for row in self.find(name)]

    def export(self, path: Path | str, format_name: str | None = None, **options: Any) -> list[Path]:
        """Write the graph to a file; the format is the name's ending unless given, `.gz` after it compresses RDF.

        Options: `rdf12=True` makes reifiers of RDF 1.2 in Turtle, N-Triples, TriG and N-Quads; `shards=N` makes N files of N-Triples.

        Raises:
            UnknownName: no such format.
            UsageError: the format takes no such option.
            StoreError: the place cannot be written.
        """
        target = Path(path)
        name = format_name or format_of(target)
        exporter: Exporter = registry.load("export", name)
        options = {option: value for option, value in options.items() if value}
        if unknown := options.keys() - getattr(exporter, "OPTIONS", set()):
            raise UsageError(
                f"{name} has no option {', '.join(sorted(unknown))}; Turtle, N-Triples, TriG and N-Quads have rdf12, N-Triples shards"
            )
        try:
            return exporter.write(self.version, target, **options)
        except OSError as error:
            raise StoreError(f"{target} cannot be written ({error.strerror or error}); choose another place") from error

    def to_networkx(self) -> Any:
        """The property graph as a `networkx.MultiDiGraph`: ids as nodes, types as edge keys; `kg.from_networkx` takes it back."""
        from kg.interop import to_networkx as convert

        return convert(self.version)

    def to_rdflib(self) -> Any:
        """The triples as an `rdflib.Graph`."""
        from kg.rdf.as_rdflib import to_rdflib

        return to_rdflib(self.version)

    @cached_property
    def _entities(self) -> list[Row]:
        return self.version.rows("entities")

    @cached_property
    def _titles(self) -> dict[str, Row]:
        return {row["id"]: row for row in self.version.rows("papers", ["id", "title", "year"])}

    @cached_property
    def _sentences(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.version.rows("evidence", ["statement", "paper", "sentence", "confidence"]):
            found[row["statement"]].append(row)
        return found

    @staticmethod
    def _keys(row: Row) -> set[str]:
        return set(entity_keys(row["name"], row["aliases"]))

    def _view(self, row: Row) -> EntityView:
        return EntityView(
            id=row["id"],
            type=row["type"],
            name=row["name"],
            aliases=tuple(row["aliases"]),
            paper_count=row["papers"],
            first_year=row["first_year"],
            links=tuple(row["links"]),
            papers=self._papers_of(row["id"]),
            relations=self._relations_of(row["id"]),
            results=self._results_of(row["id"]),
        )

    def _papers_of(self, entity: str) -> list[Row]:
        roles = load_vocabulary().roles
        rows = [
            {
                "role": roles[r["role"]].edge,
                **self._paper(r["paper"]),
                "confidence": r["confidence"],
                "sentence": self._best(r["id"]),
            }
            for r in self.version.rows("roles")
            if r["entity"] == entity
        ]
        order = [p.edge for p in roles.values()]
        return sorted(rows, key=lambda r: (order.index(r["role"]), -r["confidence"], r["paper"]))

    def _relations_of(self, entity: str) -> list[Row]:
        names = {row["id"]: row for row in self._entities}
        rows = []
        for relation in self.version.rows("relations"):
            if entity in (relation["source"], relation["target"]):
                outward = relation["source"] == entity
                other = names[relation["target" if outward else "source"]]
                rows.append({
                    "relation": relation["type"], "direction": "→" if outward else "←", "other": other["name"],
                    "other_type": other["type"], "papers": relation["papers"], "confidence": relation["confidence"],
                    "sentence": self._best(relation["id"]),
                })  # fmt: skip
        return sorted(rows, key=lambda r: (-r["papers"], -r["confidence"], r["relation"], r["direction"], r["other"]))

    def _results_of(self, entity: str) -> list[Row]:
        names = {row["id"]: row["name"] for row in self._entities}
        ends = ("subject", "metric", "dataset", "baseline")
        rows = [
            {"value": f"{r['printed']} {r['unit'] or ''}".strip(), **{e: names.get(r[e] or "", "") for e in ends},
             "kind": r["direction"] or r["kind"], "paper": self._paper(r["paper"])["paper"], "sentence": self._best(r["id"])}
            for r in self.version.rows("results")
            if entity in {r[e] for e in ends}
        ]  # fmt: skip
        return sorted(rows, key=lambda r: (r["dataset"], r["metric"], r["paper"], r["value"]))

    def _paper(self, paper: str) -> Row:
        row = self._titles[paper]
        return {"paper": row["title"], "year": row["year"]}

    def _best(self, statement: str) -> str:
        proofs = self._sentences.get(statement, [])
        return max(proofs, key=lambda p: (p["confidence"], p["sentence"]))["sentence"] if proofs else ""


def format_of(path: Path) -> str:
    """The export format that a file's name asks for: its ending, without `.gz`; `crate` for `.crate.zip`."""
    if path.name.endswith(".crate.zip"):
        return "crate"
    return (path.with_suffix("") if path.suffix == ".gz" else path).suffix.lstrip(".") or "?"


def to_networkx(graph: Graph) -> Any:
    """An open graph as a `networkx.MultiDiGraph`; see `kg.interop` for its form."""
    return graph.to_networkx()
