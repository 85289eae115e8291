"""The command line. Each command reads its options, calls the library, prints; heavy imports stay inside.

Data goes to standard output, progress and messages to standard error. Exit codes: 0 done, 1 the data had
errors, 2 wrong use.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from extractors import DEFAULT_MODEL
from kg.cli_curation import Directory, link, remove, resolve, validate
from kg.cli_models import (
    BaseUrl,
    Engine,
    ExtractorName,
    LeastConfidence,
    Model,
    PriceIn,
    PriceOut,
    RayAddress,
    Workers,
    chosen_extractor,
    evaluate,
    report_usage,
    train,
)
from kg.cli_papers import Columns, Format, Inputs, Strict, convert, fetch, formats, report_rejects, write_lines
from kg.cli_questions import Output, queries, query
from kg.cli_servers import load, serve
from kg.model.errors import KgError
from kg.printing import check_output, counted, print_answer, print_rows, progress_line, say

app = typer.Typer(
    name="kg",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Turn paper abstracts into a knowledge graph; ask it in Cypher and SPARQL.\n\n"
    "Start with `kg demo`. With papers of your own: `kg build papers.jsonl -o my.kg`, then `kg stats my.kg`, "
    "`kg queries`, `kg query my.kg datasets`, `kg show my.kg BERT`, `kg serve my.kg`.",
)


def main() -> None:
    """Entry point: run a command, turn errors into one line and an exit code."""
    try:
        app(standalone_mode=True)
    except KgError as error:
        say(f"kg: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output has gone, as in `kg query … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        say(f"kg: {error.filename or 'a file'}: {error.strerror or error}; check the place, its permissions and the free space")
        sys.exit(1)
    except KeyboardInterrupt:
        say("kg: stopped; what was finished is kept, run the same command again to go on")
        sys.exit(130)


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False) -> None:
    """The options of `kg` itself."""
    if version:
        from kg import __version__

        print(__version__)
        raise typer.Exit


@app.command()
def build(
    inputs: Inputs,
    output: Annotated[Path, typer.Option("-o", "--out", metavar="GRAPH", help="Graph directory; made, or added to")] = Path(
        "my.kg"
    ),
    format_name: Format = None,
    columns: Columns = [],  # noqa: B006  typer reads it
    strict: Strict = False,
    extractor: ExtractorName = "pipeline",
    model: Model = DEFAULT_MODEL,
    base_url: BaseUrl = None,
    price_in: PriceIn = 0.0,
    price_out: PriceOut = 0.0,
    min_confidence: LeastConfidence = None,
    no_extract: Annotated[bool, typer.Option("--no-extract", help="Papers only: read no entities from the texts")] = False,
    records: Annotated[
        Path | None, typer.Option("--records", help="JSON Lines of paper records that replace extraction, by id")
    ] = None,
    engine: Engine = None,
    workers: Workers = None,
    ray_address: RayAddress = None,
) -> None:
    """Read papers and add them to a graph. Running it again changes nothing.

    Example: kg build papers.jsonl library.bib folder/ 'export/*.xml.gz' -o my.kg
    """
    from kg.ingest.inputs import parse_mapping
    from kg.pipeline import build as run

    reader = chosen_extractor("none" if no_extract else extractor, model, base_url)
    report = run(
        inputs, output, format_name=format_name, mapping=parse_mapping(columns), strict=strict, extractor=reader, records=records,
        min_confidence=min_confidence, engine=engine, workers=workers, address=ray_address, progress=progress_line(),
    )  # fmt: skip
    counts = report.counts
    state = "" if report.changed else ", nothing changed"
    say(
        f"{output}: {counted(report.papers, 'paper')} ({report.new:,} new{state}), {counted(counts['entities'], 'entity')}, "
        f"{counted(counts['relations'], 'relation')}, {counted(counts['results'], 'result')}"
    )
    report_usage(reader, price_in, price_out)
    report_rejects(report, output / "quarantine.jsonl")


@app.command()
def extract(
    inputs: Inputs,
    output: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="JSON Lines file; standard output if not given")
    ] = None,
    format_name: Format = None,
    columns: Columns = [],  # noqa: B006  typer reads it
    strict: Strict = False,
    extractor: ExtractorName = "pipeline",
    model: Model = DEFAULT_MODEL,
    base_url: BaseUrl = None,
    price_in: PriceIn = 0.0,
    price_out: PriceOut = 0.0,
    min_confidence: LeastConfidence = None,
    engine: Engine = None,
    workers: Workers = None,
    ray_address: RayAddress = None,
) -> None:
    """Read papers and write what their texts say, one JSON record per line, in input order."""
    from kg.ingest.inputs import parse_mapping
    from kg.pipeline import BuildReport, extract_records

    report = BuildReport()
    reader = chosen_extractor(extractor, model, base_url)
    records = extract_records(
        inputs, format_name=format_name, mapping=parse_mapping(columns), strict=strict, extractor=reader,
        min_confidence=min_confidence or 0.0, engine=engine, workers=workers, address=ray_address, report=report,
    )  # fmt: skip
    count = write_lines(output, (json.dumps(record.to_dict(), ensure_ascii=False) for record in records))
    say(counted(count, "record") + (f" in {output}" if output else ""))
    report_usage(reader, price_in, price_out)
    report_rejects(report, None)


app.command()(convert)
app.command()(fetch)
app.command()(formats)
app.command()(query)
app.command()(queries)


@app.command()
def show(
    graph: Directory,
    name: Annotated[str, typer.Argument(help="Name or alias of a thing, in any case")],
    output: Annotated[str, typer.Option("--output", help="table or json")] = "table",
    rows: Annotated[int, typer.Option("--rows", min=1, help="Most rows of each table")] = 15,
) -> None:
    """Show one thing: aliases, papers, relations, results, each with its sentence."""
    from dataclasses import asdict

    from kg.graph import Graph

    check_output(output, ("table", "json"))
    with Graph(graph) as opened:
        views = opened.show(name)
    if output == "json":
        print(json.dumps([asdict(view) for view in views], ensure_ascii=False, indent=1))
        return
    for view in views:
        print(f"{view.name}  ({view.type}, {view.paper_count} paper{'s' if view.paper_count != 1 else ''}, id {view.id})")
        for label, values in (("also", view.aliases), ("links", view.links)):
            if values:
                print(f"  {label}: {', '.join(values)}")
        for title, table in (("Papers", view.papers), ("Relations", view.relations), ("Results", view.results)):
            if table:
                more = f" (first {rows} of {len(table)})" if len(table) > rows else ""
                print(f"\n{title}{more}")
                print_rows(table[:rows])
        print()


@app.command()
def stats(graph: Directory, output: Output = "table") -> None:
    """Count what the graph holds."""
    from kg.graph import Graph
    from kg.stores.base import Answer

    check_output(output)
    with Graph(graph) as opened:
        found = opened.stats()
    rows: list[tuple[Any, ...]] = [
        (group, name, count) for group in ("nodes", "roles", "relations") for name, count in found[group].items()
    ]
    print_answer(Answer(("group", "name", "count"), rows), output)


@app.command()
def export(
    graph: Directory,
    target: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="File to write: OUT.ttl, .nt, .nq, .trig, .jsonld, any of these with .gz; .crate.zip; .graphml, .gexf, .parquet or .csv; "
            "a folder for neo4j-admin",
        ),
    ],
    format_name: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="crate, csv, gexf, graphml, jsonld, neo4j-admin, nq, nt, parquet, trig or ttl; told from the name if not given",
        ),
    ] = None,
    rdf12: Annotated[bool, typer.Option("--rdf12", help="Statements as reifiers of RDF 1.2, in ttl, nt, trig and nq")] = False,
    shards: Annotated[int, typer.Option("--shards", min=1, help="With nt: so many files, OUT-1-of-N.nt, made side by side")] = 1,
) -> None:
    """Write the whole graph in another format. CSV and Parquet make two files, nodes and edges, and their data dictionary."""
    from kg.graph import Graph

    with Graph(graph) as opened:
        for path in opened.export(target, format_name, rdf12=rdf12, shards=shards if shards > 1 else None):
            say(f"{path}: {path.stat().st_size:,} bytes")


@app.command()
def visualize(
    graph: Directory,
    target: Annotated[Path, typer.Option("-o", "--out", metavar="FILE", help="HTML file to write")] = Path("graph.html"),
    around: Annotated[str | None, typer.Option("--around", metavar="NAME", help="Draw what lies round this thing")] = None,
    hops: Annotated[int, typer.Option("--hops", help="How many steps round it")] = 1,
    max_nodes: Annotated[int, typer.Option("--max-nodes", help="Most nodes on the page, up to 1000")] = 300,
) -> None:
    """Draw the graph, or a part of it, into one HTML page that needs no network."""
    from kg.draw import visualize as draw
    from kg.graph import Graph

    with Graph(graph) as opened:
        drawn = draw(opened, target, around=around, hops=hops, max_nodes=max_nodes)
    say(f"{drawn.path}: {drawn.nodes} nodes, {drawn.edges} edges; open it in a browser")
    if drawn.nodes_asked > max_nodes:
        say(
            f"the {drawn.nodes_asked:,} nodes were cut to the best connected {drawn.nodes}; narrow with --around or raise --max-nodes"
        )


app.command()(evaluate)
app.command()(train)
app.command()(remove)
app.command()(resolve)
app.command()(link)
app.command()(validate)
app.command()(load)
app.command()(serve)


@app.command()
def demo(
    output: Annotated[Path, typer.Option("-o", "--out", metavar="GRAPH", help="Graph directory to make")] = Path("demo.kg"),
    page: Annotated[Path, typer.Option("--page", metavar="FILE", help="HTML page to write")] = Path("graph.html"),
) -> None:
    """The bundled sample, end to end: build, three questions, a picture."""
    from kg.draw import visualize as draw
    from kg.graph import Graph
    from kg.pipeline import build as run
    from kg.resources import data_path

    report = run([data_path("samples", "papers.jsonl")], output, progress=progress_line())
    counts = report.counts
    print(
        f"Built {output} from {report.papers} abstracts: {counts['entities']} entities, {counts['relations']} relations, {counts['results']} results."
    )
    with Graph(output) as graph:
        for name, given, language in _DEMO:
            asked = " ".join(f"-p {k}={v}" for k, v in given.items())
            print(f"\n$ kg query {output} {name} {asked}{' --lang sparql' if language == 'sparql' else ''}".rstrip())
            answer = graph.ask(name, given, language)
            print_answer(type(answer)(answer.columns, answer.rows[:8]), "table")
        draw(graph, page)
    print(f"\nDrew {page}: open it in a browser.\n\nTry next:")
    for line in (f"kg serve {output}", f"kg show {output} BERT", "kg queries", f"kg query {output} lineage -p name=RoBERTa", f"kg export {output} demo.ttl",
                 "kg build your-papers.jsonl -o my.kg"):  # fmt: skip
        print(f"  {line}")


_DEMO: tuple[tuple[str, dict[str, str], str], ...] = (
    ("counts", {}, "cypher"),
    ("outperforms", {"name": "BERT"}, "cypher"),
    ("datasets", {}, "sparql"),
)
