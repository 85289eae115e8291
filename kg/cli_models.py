"""The part of the command line about extraction: which extractor reads, how good it is, training another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from extractors import DEFAULT_MODEL
from kg.model.errors import UsageError
from kg.printing import check_output, print_rows, say

if TYPE_CHECKING:
    from kg.extraction import Extractor

Model = Annotated[
    str,
    typer.Option("--model", help="A shipped pipeline (accurate, fast), a pipeline folder or package; with llm, the server's model"),
]
ExtractorName = Annotated[str, typer.Option("--extractor", help="What reads the texts: pipeline, or llm for a server")]
BaseUrl = Annotated[
    str | None,
    typer.Option("--base-url", help="With llm: address of an OpenAI-compatible server, such as http://localhost:8000/v1"),
]
PriceIn = Annotated[float, typer.Option("--price-in", min=0, help="With llm: price of a million tokens sent, for the cost report")]
PriceOut = Annotated[float, typer.Option("--price-out", min=0, help="With llm: price of a million tokens received")]
LeastConfidence = Annotated[
    float | None,
    typer.Option("--min-confidence", min=0, max=1, help="Leave out what is less sure: higher is fewer and surer statements"),
]

Engine = Annotated[
    str | None,
    typer.Option("--engine", help="Where it runs: serial, processes or ray; told from the work if not given"),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Processes, or actors of Ray, that share the work; told from the work if not given"),
]
RayAddress = Annotated[
    str | None, typer.Option("--ray-address", help="With --engine ray: a cluster, such as auto or ray://host:10001")
]


def chosen_extractor(name: str, model: str, base_url: str | None) -> Extractor:
    """The extractor that the options ask for.

    Raises:
        UsageError: options that do not go together.
    """
    from kg.extraction import PipelineExtractor

    if name == "llm":
        from extractors.llm import LlmExtractor

        if base_url is None or model == DEFAULT_MODEL:
            raise UsageError(
                "--extractor llm needs --base-url, such as http://localhost:8000/v1, and --model, a model of that server"
            )
        return LlmExtractor(base_url, model)
    if name not in ("pipeline", "none"):
        raise UsageError(f"--extractor must be pipeline or llm, found {name!r}")
    if base_url is not None:
        raise UsageError("--base-url goes with --extractor llm only")
    return PipelineExtractor(None if name == "none" else model)


def report_usage(extractor: Extractor, price_in: float, price_out: float) -> None:
    """Say what a server's answers took; nothing for other extractors."""
    from extractors.llm import LlmExtractor

    if isinstance(extractor, LlmExtractor):
        used = extractor.usage
        cost = f", cost {used.cost(price_in, price_out):.4f}" if price_in or price_out else ""
        say(
            f"llm: {used.requests:,} requests ({used.retries:,} again), {used.prompt_tokens:,} tokens sent, "
            f"{used.answer_tokens:,} received{cost}; {used.dropped:,} statements dropped that the text does not hold"
        )


def evaluate(
    gold: Annotated[Path, typer.Argument(help="Gold records, JSON Lines")],
    predicted: Annotated[Path | None, typer.Argument(help="Predicted records; extracted from the gold papers if not given")] = None,
    papers: Annotated[
        Path | None, typer.Option("--papers", help="Texts of the gold papers; GOLD.papers.jsonl if not given")
    ] = None,
    model: Model = DEFAULT_MODEL,
    details: Annotated[
        bool, typer.Option("--details", help="Also each role and relation, the types mixed up, and how far confidences hold")
    ] = False,
    errors: Annotated[int, typer.Option("--errors", min=0, help="Also the surest errors, so many, in their sentences")] = 0,
    bootstrap: Annotated[int, typer.Option("--bootstrap", min=0, help="Also 95 % intervals of F1, from so many resamples")] = 0,
    resolution: Annotated[
        bool, typer.Option("--resolution", help="Instead: how well entities of the gold papers are joined across papers")
    ] = False,
    output: Annotated[str, typer.Option("--output", help="table or json")] = "table",
) -> None:
    """Score paper records against gold ones: precision, recall, F1 of each measure and entity type.

    Texts with annotated spans and pairs of spans, as SciERC and SciER publish them, are scored by exact span, label
    and relation; --model then names a pipeline that `kg train` learnt from such texts.
    """
    import json

    from kg.scoring import read_records
    from kg.spans import are_spans

    check_output(output, ("table", "json"))
    if are_spans(gold):
        if details or errors or papers:
            raise UsageError(f"{gold} holds annotated spans; --details, --errors and --papers go with paper records")
        rows = _span_scores(gold, predicted, model, bootstrap)
        print(json.dumps(rows, ensure_ascii=False, indent=1)) if output == "json" else print_rows(rows)
        return
    if resolution and (predicted or papers or details or bootstrap):
        raise UsageError("--resolution joins the entities of the gold records; of the other options only --errors goes with it")
    wanted = read_records(gold)
    texts = papers or gold.with_suffix(".papers.jsonl")
    if resolution:
        tables = _resolution(wanted, errors)
    else:
        said = read_records(predicted) if predicted else _extracted(texts, model)
        tables = {"scores": _scores(wanted, said, bootstrap)}
        if details:
            tables.update(_details(wanted, said))
        if errors:
            tables["errors"] = _errors(wanted, said, texts, errors)
    if output == "json":
        print(json.dumps(tables if len(tables) > 1 else tables["scores"], ensure_ascii=False, indent=1))
        return
    for name, rows in tables.items():
        if len(tables) > 1:
            print(f"\n{name}")
        print_rows(rows)


def _extracted(texts: Path, model: str) -> list[dict[str, Any]]:
    from kg.pipeline import extract_records

    if not texts.is_file():
        raise UsageError(f"{texts} does not exist; give predicted records, or the gold papers with --papers")
    return [record.to_dict() for record in extract_records([texts], model=model)]


def _span_scores(gold: Path, predicted: Path | None, model: str, bootstrap: int) -> list[dict[str, Any]]:
    from kg.spans import read_spans, score_spans, span_intervals

    wanted = read_spans(gold)
    said = read_spans(predicted) if predicted else _spans_said(wanted, model)
    bounds = span_intervals(wanted, said, bootstrap) if bootstrap else {}
    return [_score_row("measure", name, s) | _bounds(name, bounds) for name, s in score_spans(wanted, said).items()]


def _spans_said(wanted: list[Any], model: str) -> list[Any]:
    from extractors.pipeline import load_pipeline
    from extractors.spans import read_texts

    nlp = load_pipeline(model)
    if "kg_pairs" not in nlp.pipe_names:
        raise UsageError(
            f"{model} knows papers' own labels, not those of these texts; train one: kg train TEXTS --encoder FOLDER -o MODEL"
        )
    return list(read_texts(nlp, wanted))


def _scores(wanted: list[Any], said: list[Any], bootstrap: int) -> list[dict[str, Any]]:
    from kg.diagnosis import intervals
    from kg.scoring import evaluate as score

    bounds = intervals(wanted, said, bootstrap) if bootstrap else {}
    return [_score_row("measure", name, s) | _bounds(name, bounds) for name, s in score(wanted, said).items()]


def _score_row(heading: str, name: str, score: Any) -> dict[str, Any]:
    figures = {"precision": round(score.precision, 4), "recall": round(score.recall, 4), "f1": round(score.f1, 4)}
    return {heading: name, **figures, "gold": score.gold, "predicted": score.predicted}


def _bounds(name: str, bounds: dict[str, tuple[float, float]]) -> dict[str, Any]:
    if not bounds:
        return {}
    low, high = bounds.get(name, (None, None))
    return {"f1 from": low and round(low, 3), "f1 to": high and round(high, 3)}


def _resolution(wanted: list[Any], errors: int) -> dict[str, list[dict[str, Any]]]:
    from kg.resolve.quality import b_cubed, mistakes, pairwise, resolve_again

    gold, predicted = resolve_again(wanted)
    scores = (("b-cubed", b_cubed(gold, predicted)), ("pairwise", pairwise(gold, predicted)))
    tables = {"scores": [_score_row("measure", name, agreement) for name, agreement in scores]}
    if errors:
        tables["errors"] = [
            {"mistake": m.kind, "type": m.type, "items": m.items, "names": ", ".join(m.names[:6])}
            for m in mistakes(gold, predicted, errors)
        ]
    return tables


def _details(wanted: list[Any], said: list[Any]) -> dict[str, list[dict[str, Any]]]:
    from kg.diagnosis import NOTHING, confusion
    from kg.model.vocabulary import load_vocabulary
    from kg.reliability import KINDS, calibration_error, judge, reliability
    from kg.scoring import evaluate_kinds

    table = confusion(wanted, said)
    kinds = [*load_vocabulary().entities, NOTHING]
    bins = reliability(judge(wanted, said))
    return {
        "roles and relations": [_score_row("kind", name, s) for name, s in evaluate_kinds(wanted, said).items()],
        "gold types (rows) and what was said of them": [{"gold": g} | {s: table[g, s] for s in kinds} for g in kinds],
        "confidence: share of right statements": [
            {"kind": b.kind, "from": b.low, "to": b.high, "statements": b.count, "mean confidence": round(b.confidence, 3), "right": round(b.right, 3)}
            for b in bins
        ],
        "expected calibration error": [{"kind": kind, "error": round(calibration_error(bins, kind), 4)} for kind in KINDS],
    }  # fmt: skip


def _errors(wanted: list[Any], said: list[Any], texts: Path, most: int) -> list[dict[str, Any]]:
    from kg.diagnosis import worst_errors
    from kg.ingest.base import Rejected
    from kg.ingest.sniff import read_papers

    known = {}
    if texts.is_file():
        known = {item[1].id: item[1].text for item in read_papers(texts, None) if not isinstance(item, Rejected)}
    return [vars(error) for error in worst_errors(wanted, said, known, most)]


def train(
    gold: Annotated[Path, typer.Argument(help="Annotated records, JSON Lines")],
    output: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Pipeline folder to write")] = Path("my-model"),
    papers: Annotated[
        Path | None, typer.Option("--papers", help="Texts of the annotated papers; GOLD.papers.jsonl if not given")
    ] = None,
    base: Annotated[
        str, typer.Option("--base", help="Pipeline whose reader is kept, so that only the classifiers above it are learnt anew")
    ] = DEFAULT_MODEL,
    encoder: Annotated[
        Path | None,
        typer.Option(
            "--encoder",
            help="Folder of a BERT-like encoder, to train the reader too: config.json, tokenizer.json, model.safetensors",
        ),
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="With --encoder: a small fast reader that keeps only its word vectors")
    ] = False,
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="With --encoder: passes over the papers")] = 8,
    folds: Annotated[
        int,
        typer.Option(
            "--cross-validate",
            min=0,
            help="Write nothing; show F1 over so many folds, each scored by a pipeline that has not seen it",
        ),
    ] = 0,
    curve: Annotated[
        bool,
        typer.Option(
            "--learning-curve",
            help="Write nothing; show F1 on a fifth of the papers after learning from 25, 50 and 100 % of the rest",
        ),
    ] = False,
) -> None:
    """Train a pipeline on annotated records of your own; then use it with --model FOLDER.

    Needs the extra: pip install 'paperkg[train]'; with --encoder 'paperkg[train-reader]'. Texts with annotated spans
    (see `kg evaluate`) give a pipeline for such texts; they need --encoder.
    """
    from kg.spans import are_spans
    from kg.training import Plan, cross_validate, learning_curve, train_pipeline, train_spans

    plan = Plan(base=base, encoder=encoder, small=small, epochs=epochs)
    if are_spans(gold):
        if folds or curve:
            raise UsageError(f"{gold} holds annotated spans; --cross-validate and --learning-curve go with paper records")
        say(f"{output}: trained on {train_spans(gold, plan, output):,} texts; use it with kg evaluate --model {output}")
        return
    texts = papers or gold.with_suffix(".papers.jsonl")
    if folds:
        print_rows(cross_validate(gold, texts, plan, folds))
    elif curve:
        print_rows(learning_curve(gold, texts, plan))
    else:
        count, notes = train_pipeline(gold, texts, plan, output)
        say(f"{output}: trained on {count:,} papers; use it with --model {output}")
        for note in notes:
            say(note)
