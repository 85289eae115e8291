"""Links of entities to what others call them, put into a graph that is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from kg.extraction import Progress
from kg.indexing import fill_stores
from kg.pipeline import BuildReport
from kg.resolve.links import FILE, Link, joined_links, known_links, read_links, write_links
from kg.tables import SCHEMAS, open_version, table_of, write_atomically, write_version, writing


@dataclass
class LinkReport(BuildReport):
    """What joining links did: how many hold, rows that name no one thing with the reason, and lines that could not be read."""

    links: int = 0
    left: list[tuple[Link, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def link(directory: Path | str, table: Path | str | None = None, *, progress: Progress | None = None) -> LinkReport:
    """Tell what entities are called elsewhere: rows of a table of names, types and IRIs (see `kg.resolve.links`) go into the graph's
    `links.tsv`, which every later build applies too. Without a table that file is applied again.

    Raises:
        InputError: the table cannot be read.
        NotAGraph, StoreError: as for `kg.build`.
    """
    directory, report = Path(directory), LinkReport()
    open_version(directory)  # a folder without a graph is left as it is
    fresh, report.wrong = read_links(Path(table)) if table else ([], [])
    with writing(directory):
        live = open_version(directory)
        if fresh:
            write_atomically(directory / FILE, write_links([*known_links(directory), *fresh]))
        joined = joined_links(directory, live.read("entities"))
        tables = {name: live.read(name) for name in SCHEMAS} | {"external": table_of("external", joined.rows)}
        report.version = write_version(directory, tables, live.manifest["settings"])
        report.changed = report.version.path != live.path
        report.counts, report.links, report.left = report.version.counts, len(joined.rows), joined.left
        fill_stores(report.version, progress)
    return report
