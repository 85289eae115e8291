"""The commands about papers before there is a graph: `kg convert`, `kg fetch`, `kg formats`; and what those that read papers share."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kg.model.errors import StoreError
from kg.printing import counted, print_rows, progress_line, say

if TYPE_CHECKING:
    from kg.ingest.inputs import Reading
    from kg.ingest.report import Quarantine

SHOWN = 5  # rows that are shown of what was set aside

Inputs = Annotated[
    list[Path],
    typer.Argument(metavar="INPUT", help="Files with papers, folders, patterns, archives; - is standard input. See kg formats"),
]
Format = Annotated[
    str | None,
    typer.Option("--format", help="Input format, one of those that kg formats lists; told from the content if not given"),
]
Columns = Annotated[
    list[str],
    typer.Option(
        "--map", metavar="FIELD=COLUMN", help="What a table calls its columns: --map title='Document Title',abstract=Summary"
    ),
]
Strict = Annotated[bool, typer.Option("--strict", help="Stop at the first record that cannot be used, and change nothing")]


def convert(
    inputs: Inputs,
    output: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="JSON Lines file; standard output if not given")
    ] = None,
    format_name: Format = None,
    columns: Columns = [],  # noqa: B006  typer reads it
    strict: Strict = False,
) -> None:
    """Read papers in any format and write them as JSON Lines, one per line, with all that is known of them.

    Example: kg convert library.bib -o library.jsonl
    """
    from kg.ingest.inputs import Reading, parse_mapping, read_inputs

    reading = Reading()
    papers = read_inputs(inputs, reading, format_name=format_name, mapping=parse_mapping(columns), repeats=True, strict=strict)
    write_lines(output, (paper.to_json() for paper in papers))
    say(counted(reading.read, "paper") + (f" in {output}" if output else ""))
    report_rejects(reading, None)


def write_lines(output: Path | None, lines: Iterable[str]) -> int:
    """Write lines to a file, or to standard output, as they come; how many there were.

    Raises:
        StoreError: the file cannot be written.
    """
    count = 0
    try:
        with output.open("w", encoding="utf-8", newline="\n") if output else contextlib.nullcontext(sys.stdout) as stream:
            for line in lines:
                stream.write(line + "\n")
                count += 1
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StoreError(f"{output} cannot be written ({error.strerror or error}); choose another place") from error
    return count


def formats() -> None:
    """List the formats that papers are read from; --format forces one."""
    from kg import registry

    rows = []
    for name in registry.available("ingest"):
        about = (registry.load("ingest", name).__doc__ or "").strip().split("\n\n")[0].split("\n")[0]
        rows.append({"format": name, "reads": about.rstrip(".")})
    print_rows(rows)


def fetch(
    service: Annotated[str, typer.Argument(help="arxiv, openalex, hf (Hugging Face) or s2 (Semantic Scholar)")],
    query: Annotated[str, typer.Argument(help="What to search for, as the service takes it; for hf also a day such as 2026-06-12")],
    output: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="JSON Lines file; an unfinished one is gone on with")],
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Most papers in the file")] = None,
    contact: Annotated[
        str, typer.Option("--contact", envvar="KG_CONTACT", help="Your address, told to the service so that it can reach you")
    ] = "",
    base_url: Annotated[str | None, typer.Option("--base-url", help="Another address of the service, such as a mirror")] = None,
    pause: Annotated[
        float | None,
        typer.Option("--pause", min=0, help="Least seconds between two requests; what the service asks for if not given"),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", min=0.1, help="Seconds without a word after which a request is given up and made again")
    ] = 60.0,
    restart: Annotated[bool, typer.Option("--restart", help="Throw away what the file holds and begin anew")] = False,
) -> None:
    """Fetch papers from a service's search into a file. The same command again goes on where it stopped.

    Keys, where you have one, come from the environment: OPENALEX_API_KEY, S2_API_KEY.
    Example: kg fetch arxiv 'cat:cs.CL AND abs:retrieval' -o papers.jsonl --limit 1000
    """
    from kg.fetch.client import Manners
    from kg.fetch.client import fetch as run

    manners = Manners(contact=contact, pause=pause, timeout=timeout, tell=say)
    fetched = run(service, query, output, limit=limit, base=base_url, restart=restart, manners=manners, progress=progress_line())
    of = f" of {fetched.total:,}" if fetched.total is not None else ""
    state = "all there are" if fetched.done else "the same command goes on from here" + (", with a higher --limit" if limit else "")
    say(f"{output}: {counted(fetched.papers, 'paper')}{of} ({fetched.papers - fetched.resumed:,} new; {state})")
    show_rows(fetched.rejected)
    if len(fetched.rejected):
        raise typer.Exit(1)


def report_rejects(reading: Reading, path: Path | None) -> None:
    """Say what was read with a remark, set aside, or could not be read; end with exit code 1 if anything was not clean."""
    if reading.without_abstract:
        say(f"without abstract, known by their titles: {counted(reading.without_abstract, 'paper')}")
    if reading.foreign:
        say(f"not in English, kept but not read by the extractors: {counted(reading.foreign, 'paper')}")
    for error in reading.failed:
        say(f"kg: {error}")
    show_rows(reading.rejected)
    if len(reading.rejected):
        where = f"; all of them: {path}" if path else ""
        say(f"set aside, or kept with a warning: {counted(len(reading.rejected), 'record')}{where}")
    if not reading.clean:
        raise typer.Exit(max([1, *(error.exit_code for error in reading.failed)]) if reading.failed else 1)


def show_rows(rejected: Quarantine) -> None:
    """The first rows of what was set aside, and the commonest reasons where there are more."""
    for number, row in enumerate(rejected):
        if number == SHOWN:
            break
        say(f"  {row.where}: {row.reason}")
    if len(rejected) > SHOWN:
        say(f"  … and {len(rejected) - SHOWN:,} more")
        for reason, count in rejected.reasons.most_common(SHOWN):
            say(f"  {count:,} × {reason}")
