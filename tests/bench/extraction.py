"""Times extraction on a file of papers, on one core; prints one JSON line.

    python tests/bench/extraction.py PAPERS [--rounds 3]

The shipped pipelines and a stand-in for spaCy's `en_core_web_sm` (its published layout: a shared encoder of width 96
and depth 4 under tagger and parser, another under the recogniser, then attribute ruler and lemmatizer; untrained
weights, since no trained ones can be had from the package registry) take turns, round by round, in processes of their
own; the best round counts. Abstracts per second, seconds to load, and the process's highest resident memory in MB.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NAMES = ("fast", "accurate", "en_core_web_sm layout")


def stand_in() -> Any:
    """The layout of `en_core_web_sm` with untrained weights."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("en")
    tok2vec = {
        "@architectures": "spacy.Tok2Vec.v2",
        "embed": {"@architectures": "spacy.MultiHashEmbed.v2", "width": 96, "attrs": ["NORM", "PREFIX", "SUFFIX", "SHAPE", "SPACY", "IS_SPACE"],
                  "rows": [5000, 1000, 2500, 2500, 50, 50], "include_static_vectors": False},
        "encode": {"@architectures": "spacy.MaxoutWindowEncoder.v2", "width": 96, "depth": 4, "window_size": 1, "maxout_pieces": 3},
    }  # fmt: skip
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 96, "upstream": "tok2vec"}
    parser = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "extra_state_tokens": False,
        "hidden_width": 64,
        "maxout_pieces": 2,
        "use_upper": True,
    }
    nlp.add_pipe("tok2vec", config={"model": tok2vec})
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    nlp.add_pipe("parser", config={"model": parser | {"state_type": "parser", "tok2vec": listener}})
    nlp.add_pipe("attribute_ruler")
    nlp.add_pipe("lemmatizer", config={"mode": "rule"})
    nlp.add_pipe("ner", config={"model": parser | {"state_type": "ner", "tok2vec": tok2vec}})
    words = ["Models", "learn", "from", "data", "quickly", "."]
    notes = {"words": words, "tags": ["NNS", "VBP", "IN", "NNS", "RB", "."], "heads": [1, 1, 1, 2, 1, 1],
             "deps": ["nsubj", "ROOT", "prep", "pobj", "advmod", "punct"], "entities": ["U-ORG", "O", "O", "O", "O", "O"]}  # fmt: skip
    doc = nlp.make_doc(" ".join(words))
    nlp.select_pipes(disable=["lemmatizer"])
    nlp.initialize(lambda: [Example.from_dict(doc, notes)])
    return nlp


def once(name: str, papers: Path) -> dict[str, float]:
    """Load, one warm-up text, then all texts one after the other."""
    texts = [f"{p['title']}\n{p['abstract']}" for p in map(json.loads, papers.read_text(encoding="utf-8").splitlines())]
    begun = time.perf_counter()
    if name in NAMES[:2]:
        from extractors.pipeline import load_pipeline

        nlp = load_pipeline(name)
    else:
        nlp = stand_in()
    loaded = time.perf_counter() - begun
    nlp(texts[0])
    begun = time.perf_counter()
    for _ in nlp.pipe(texts):
        pass
    rate = len(texts) / (time.perf_counter() - begun)
    return {
        "abstracts/s": round(rate, 1),
        "load s": round(loaded, 2),
        "MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    """The command line of this program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("papers", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--once", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.once:
        print(json.dumps(once(args.once, args.papers)))
        return
    best: dict[str, dict[str, float]] = {}
    for _ in range(args.rounds):
        for name in NAMES:
            command = [sys.executable, __file__, str(args.papers), "--once", name]
            environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout)
            known = best.get(name, found)
            best[name] = {
                "abstracts/s": max(known["abstracts/s"], found["abstracts/s"]),
                "load s": min(known["load s"], found["load s"]),
                "MB": max(known["MB"], found["MB"]),
            }
    print(json.dumps(best))


if __name__ == "__main__":
    main()
