"""The part of the command line about mending a graph: papers taken out, and which names are one thing."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Annotated

import typer

from kg.model.errors import UsageError
from kg.printing import check_output, counted, print_rows, progress_line, say

Directory = Annotated[Path, typer.Argument(metavar="GRAPH", help="Graph directory, such as my.kg")]


def remove(
    directory: Directory,
    papers: Annotated[list[str], typer.Argument(metavar="PAPER", help="Ids or identifiers, such as 2310.01234 or a DOI")],
) -> None:
    """Take papers out of a graph, which is then as if they had never been in it.

    Example: kg remove my.kg 2310.01234
    """
    from kg.pipeline import remove as run

    report = run(directory, papers, progress=progress_line())
    say(
        f"{directory}: {counted(report.removed, 'paper')} removed, {report.papers:,} left, {counted(report.counts['entities'], 'entity')}"
    )


def resolve(
    directory: Directory,
    action: Annotated[
        str,
        typer.Argument(
            help="apply: join the entities anew; explain: why two names are one thing, or not; review: doubtful joins and near misses"
        ),
    ],
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="With explain: two names")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="With review: how many")] = 20,
    output: Annotated[str, typer.Option("--output", help="With review: table or json")] = "table",
) -> None:
    """Which names are one thing: apply GRAPH/overrides.toml after a change, or explain what became of two names.

    Example: kg resolve my.kg explain "LLaMA-2" "Llama2"
    """
    check_output(output, ("table", "json"))
    if action == "explain" and len(names or ()) == 2:
        from kg.resolve.explain import explain
        from kg.tables import open_version

        reasons = explain(open_version(directory), *(names or ()))
        print_rows(reasons.rows)
        print(reasons.verdict)
        return
    if action == "review" and not names:
        from kg.pipeline import review
        from kg.resolve.review import as_overrides

        found = review(directory, most)
        rows = [{**vars(doubt), "entry": doubt.entry} for doubt in found]
        if output == "json":
            print(json.dumps(rows, ensure_ascii=False, indent=1))
        else:
            print_rows([{name: value for name, value in row.items() if name not in ("pair", "entry")} for row in rows])
            print(f"# what would undo all of these, in {directory}/overrides.toml:\n{as_overrides(found)}")
        return
    if action != "apply" or names:
        raise UsageError("kg resolve GRAPH apply, kg resolve GRAPH review, or kg resolve GRAPH explain NAME NAME")
    from kg.pipeline import resolve as run

    report = run(directory, progress=progress_line())
    state = "" if report.changed else ", nothing changed"
    say(f"{directory}: {counted(report.papers, 'paper')}, {counted(report.counts['entities'], 'entity')}{state}")


def validate(
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="A graph directory, or an RDF file: .ttl, .nt, .nq, .trig, .jsonld, .rdf, .gz")
    ],
    shapes: Annotated[Path | None, typer.Option("--shapes", metavar="FILE", help="Other SHACL shapes, in Turtle")] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="Most things shown of each kind of fault")] = 5,
    output: Annotated[str, typer.Option("--output", help="table or json")] = "table",
) -> None:
    """Check a graph, or RDF, against the SHACL shapes: what is wrong, and where. Exit code 1 if anything is.

    Example: kg validate my.kg
    """
    from kg.rdf.validation import validate_file, validate_version
    from kg.tables import open_version

    check_output(output, ("table", "json"))
    if target.is_dir() or not target.exists():
        faults = validate_version(open_version(target), shapes, progress_line())
    else:
        faults = validate_file(target, shapes)
    if output == "json":
        print(json.dumps([vars(fault) for fault in faults], ensure_ascii=False, indent=1))
    else:
        for message, found in itertools.groupby(faults, key=lambda fault: fault.message):
            several = list(found)
            print(f"not so: {message}  ({counted(len(several), 'fault')})")
            for fault in several[:most]:
                print(f"  {fault.node}{f'  → {fault.value}' if fault.value else ''}")
            if len(several) > most:
                print(f"  … and {len(several) - most:,} more")
    say(f"{target}: {counted(len(faults), 'fault')}" if faults else f"{target} conforms to the shapes")
    if faults:
        raise typer.Exit(1)


def link(
    directory: Directory,
    table: Annotated[
        Path | None,
        typer.Argument(
            metavar="TABLE", help="Rows of name, type (or nothing) and IRI, with tabs between; GRAPH/links.tsv if not given"
        ),
    ] = None,
) -> None:
    """Tell what things are called elsewhere: Wikidata, CSO, OpenAlex, Hugging Face. Rows that fit no one thing are told, never guessed.

    Example: kg link my.kg wikidata.tsv
    """
    from kg.linking import link as run

    report = run(directory, table, progress=progress_line())
    for line in report.wrong:
        say(f"kg: {line}")
    for row, reason in report.left[:20]:
        say(f"  {row.name}{f' ({row.type})' if row.type else ''}, {row.iri}: {reason}")
    if len(report.left) > 20:
        say(f"  … and {len(report.left) - 20:,} more")
    say(
        f"{directory}: {counted(report.links, 'link')}, {counted(len(report.left), 'row')} left out{'' if report.changed else ', nothing changed'}"
    )
    if report.wrong or report.left:
        raise typer.Exit(1)
