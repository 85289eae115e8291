"""The part of the command line about mending a graph: papers taken out, and which names are one thing."""

from __future__ import annotations

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
