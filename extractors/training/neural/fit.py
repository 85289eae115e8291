"""Fits the network on gold papers.

    python -m extractors.training.neural.fit GOLD.jsonl PAPERS.jsonl ENCODER OUT [--unseen 0 1 2] [--epochs N]

`ENCODER` is a folder with `config.json`, `tokenizer.json` (of BERT's uncased vocabulary) and `model.safetensors` of a BERT-like encoder or of MPNet. The
state is written after every epoch to `OUT/epoch.pt`; a run that finds it there goes on from it.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from extractors.neural.labels import Labels
from extractors.neural.pieces import PieceCutter
from extractors.training.corpus import GoldPaper, fold_of, read_gold
from extractors.training.neural.example import Example, Soft, load_soft
from extractors.training.neural.examples import to_example, to_span_example, tokenising_pipeline
from extractors.training.neural.learn import (
    HEAD_RATE,
    RATE,
    SMALL_RATE,
    Course,
    begin_from,
    fit,
    mean_of,
    new_reader,
    take_adapted,
)
from extractors.training.neural.network import Reader
from kg.spans import Spans

CHECKED = 120  # papers that each epoch is measured on


def fit_reader(
    papers: list[GoldPaper], unseen: list[GoldPaper], encoder: Path, out: Path, *, small: bool = False, epochs: int = 8
) -> Reader:
    """A reader fitted on papers, measured on unseen ones after each epoch; its state stays in `out`."""
    torch.manual_seed(0)
    reader = new_reader(encoder, small)
    rate = SMALL_RATE if small else RATE
    seen, checks = examples_of(papers, encoder), examples_of(unseen[:CHECKED], encoder)
    fit(reader, Labels.of_vocabulary(), seen, checks, out, Course(epochs, rate))
    return reader


def fit_spans(pieces: list[Spans], labels: Labels, encoder: Path, out: Path, *, small: bool = False, epochs: int = 8) -> Reader:
    """A reader fitted on span-annotated texts of at most a window; its state stays in `out`."""
    torch.manual_seed(0)
    reader = new_reader(encoder, small, labels)
    cutter, nlp = PieceCutter(Tokenizer.from_file(str(encoder / "tokenizer.json"))), tokenising_pipeline()
    examples = [to_span_example(nlp, cutter, piece, labels) for piece in pieces]
    checks = examples[:: max(1, len(examples) // 20)]  # seen ones: what matters here is that the fit goes on
    fit(reader, labels, examples, checks, out, Course(epochs, SMALL_RATE if small else RATE))
    return reader


def examples_of(papers: list[GoldPaper], encoder: Path, soft: dict[str, Soft] | None = None) -> list[Example]:
    """The examples of all papers, with what a teacher said of them in probabilities."""
    cutter = PieceCutter(Tokenizer.from_file(str(encoder / "tokenizer.json")))
    nlp = tokenising_pipeline()
    known = soft or {}
    return [replace(to_example(nlp, cutter, paper), soft=known.get(paper.id)) for paper in papers]


def main() -> None:
    """The command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", type=Path)
    parser.add_argument("papers", type=Path)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--folds", type=int, default=10, help="parts that the papers are dealt into by the hash of their id")
    parser.add_argument("--unseen", type=int, nargs="*", default=[], help="parts that are not learnt from")
    parser.add_argument(
        "--start",
        type=Path,
        nargs="+",
        help="weights of a reader to begin from; of several, their mean; a small one may have fewer convolutions",
    )
    parser.add_argument("--small", action="store_true", help="convolutions instead of the encoder's own layers")
    parser.add_argument(
        "--adapted", type=Path, help="weights of the encoder, written by the module `adapt`; a small one takes its words"
    )
    parser.add_argument("--frozen", type=int, default=0, help="lower layers of MPNet that do not learn: less time on a CPU")
    parser.add_argument("--more", type=Path, nargs=2, help="records and papers of a teacher, learnt from as well")
    parser.add_argument("--times", type=int, default=1, help="how often each epoch shows an annotated paper")
    parser.add_argument(
        "--soft", type=Path, nargs="*", default=[], help="what teachers say of these, written by the module `soften`"
    )
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.0, help="how long to learn, instead of a number of epochs")
    parser.add_argument("--batch", type=int, default=8, help="papers that are learnt from at once")
    parser.add_argument("--rate", type=float, help="highest learning rate of the encoder")
    parser.add_argument("--head-rate", type=float, default=HEAD_RATE)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", type=torch.device, default="cpu", help="cpu, or cuda for a GPU")
    parser.add_argument("--half", action="store_true", help="learn with 16-bit floats: faster where the processor has them")
    parser.add_argument("--seed", type=int, default=0, help="of the heads' first weights, what is dropped and the order of papers")
    parser.add_argument("--check", type=Path, nargs=2, help="gold and papers to measure on after each epoch")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(args.seed)
    papers = read_gold(args.gold, args.papers)
    fitted = [p for p in papers if fold_of(p, args.folds) not in args.unseen] * args.times
    unseen = read_gold(*args.check) if args.check else [p for p in papers if fold_of(p, args.folds) in args.unseen]
    if args.more:
        fitted += read_gold(*args.more)
    reader = new_reader(args.encoder, args.small, frozen=args.frozen)
    reader.half = args.half
    if args.adapted:
        take_adapted(reader.encoder, torch.load(args.adapted, weights_only=True, map_location="cpu"))
    if args.start:
        begin_from(reader, mean_of([torch.load(path, weights_only=True, map_location="cpu") for path in args.start]))
    checks = examples_of(unseen[:CHECKED], args.encoder)
    soft = {name: said for path in args.soft for name, said in load_soft(path).items()}
    rate = args.rate or (SMALL_RATE if args.small else RATE)
    course = Course(args.epochs, rate, args.head_rate, args.batch, args.seconds, started=bool(args.start), seed=args.seed)
    fit(reader.to(args.device), Labels.of_vocabulary(), examples_of(fitted, args.encoder, soft), checks, args.out, course)


if __name__ == "__main__":
    main()
