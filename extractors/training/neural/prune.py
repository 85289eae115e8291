"""An encoder with the pieces that the field writes with: half of a vocabulary of all English is never met, and each takes room.

    python -m extractors.training.neural.prune ENCODER OUT PAPERS.jsonl [PAPERS.jsonl …]

Of ENCODER (BERT-like, with BERT's uncased vocabulary), OUT keeps the pieces of these papers, and of the others the most frequent that are
ASCII, so many in all. What the others spelt is cut into smaller pieces.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer

from extractors.neural.pieces import PieceCutter

PIECES = 20_000
MARKS = 1000  # pieces that keep their numbers: marks, and places that were left free
_WORDS = "embeddings.word_embeddings.weight"


def kept_pieces(vocabulary: dict[str, int], seen: Iterable[int], size: int = PIECES) -> list[int]:
    """Numbers of the pieces to keep, rising: the marks, those seen, and the first others in ASCII (BERT's vocabulary stands in order of
    frequency)."""
    kept = {*range(MARKS), *seen}
    others = sorted(number for piece, number in vocabulary.items() if piece.isascii() and number not in kept)
    return sorted(kept | set(others[: max(0, size - len(kept))]))


def prune(encoder: Path, out: Path, texts: Iterable[str], size: int = PIECES) -> list[int]:
    """Write the folder of the smaller encoder; gives the numbers that its pieces had."""
    from safetensors.torch import load_file, save_file

    from extractors.training.neural.examples import tokenising_pipeline

    cutter = PieceCutter(Tokenizer.from_file(str(encoder / "tokenizer.json")))
    words = {token.text for doc in tokenising_pipeline().pipe(texts) for token in doc}
    seen = {number for cut in cutter(sorted(words)) for number in cut}
    saved = json.loads((encoder / "tokenizer.json").read_text(encoding="utf-8"))
    kept = kept_pieces(saved["model"]["vocab"], seen, size)
    numbers = {old: new for new, old in enumerate(kept)}
    saved["model"]["vocab"] = {piece: numbers[old] for piece, old in saved["model"]["vocab"].items() if old in numbers}
    out.mkdir(parents=True, exist_ok=True)
    (out / "tokenizer.json").write_text(json.dumps(saved, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    config = json.loads((encoder / "config.json").read_text(encoding="utf-8"))
    (out / "config.json").write_text(json.dumps(config | {"vocab_size": len(kept)}, indent=1), encoding="utf-8")
    weights = {name.removeprefix("bert."): value for name, value in load_file(encoder / "model.safetensors").items()}
    weights[_WORDS] = weights[_WORDS][kept].contiguous()
    save_file(weights, out / "model.safetensors")
    return kept


def main() -> None:
    """The command line of this module."""
    from extractors.training.corpus import read_texts

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("papers", type=Path, nargs="+")
    parser.add_argument("--pieces", type=int, default=PIECES)
    args = parser.parse_args()
    texts = {name: text for path in args.papers for name, text in read_texts(path).items()}
    print(f"{len(prune(args.encoder, args.out, texts.values(), args.pieces))} pieces kept")


if __name__ == "__main__":
    main()
