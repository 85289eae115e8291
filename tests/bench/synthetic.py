"""Made-up papers and what they say, as many as one likes, without any extraction; names follow Zipf's law.

    python -m tests.bench.synthetic COUNT FOLDER

writes `papers.jsonl` and `records.jsonl`. A paper has 7.5 things on average, 12 mentions, 4 relations and every fourth a result, as abstracts
read by our own pipeline have. 45 of 100 things are new with their paper; the others are drawn with a chance of one over their rank, and come
in several spellings, some as abbreviations. Equal numbers and seeds give equal papers.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SYLLABLES = (
    "ba",
    "cor",
    "del",
    "fi",
    "gan",
    "hol",
    "ir",
    "jo",
    "ka",
    "lum",
    "mer",
    "no",
    "pra",
    "qui",
    "ros",
    "sta",
    "tur",
    "vin",
    "wel",
    "zo",
)
_ADJECTIVES = ("sparse", "robust", "causal", "dense", "local", "joint", "deep", "fast", "linear", "neural")
_KINDS = ("Method", "Method", "Task", "Model", "Dataset", "Metric", "Method", "Task")
_ROLES = {"Method": "uses", "Task": "addresses", "Model": "compares_with", "Dataset": "evaluates_on", "Metric": "reports"}
_NEW = 0.45  # share of things that no paper before has named
_KNOWN = 50_000  # ranks of the others
_RELATIONS = {("Method", "Task"): "USED_FOR", ("Model", "Dataset"): "EVALUATED_ON", ("Method", "Method"): "PART_OF",
              ("Model", "Model"): "COMPARED_WITH", ("Dataset", "Task"): "BENCHMARK_FOR"}  # fmt: skip


def word(number: int) -> str:
    """A made-up word for a number, another one for each."""
    parts = [_SYLLABLES[number % 20]]
    while number := number // 20:
        parts.append(_SYLLABLES[number % 20])
    return "".join(parts)


def thing(rank: int) -> tuple[str, str]:
    """Type and name of the thing of this rank."""
    kind = _KINDS[rank % len(_KINDS)]
    name = word(rank + 20)
    if kind == "Model":
        return kind, f"{name.title()}Net-{rank % 5}" if rank % 5 else f"{name.title()}Net"
    if kind == "Dataset":
        return kind, name.title() + ("Bench" if rank % 2 else "-QA")
    if kind == "Metric":
        return kind, f"{name} score"
    return kind, f"{_ADJECTIVES[rank % 10]} {name} {'segmentation' if kind == 'Task' else 'attention'}"


def spelt(kind: str, name: str, chance: random.Random) -> list[str]:
    """One of the spellings of a name, or the name and its abbreviation."""
    draw = chance.random()
    if name.count(" ") == 2 and draw < 0.1:
        first, middle, last = name.split()
        return [
            name,
            "".join((first[0], *re.findall(r"(?<![^aeiou])[^aeiou]|^.", middle), last[0])).upper(),
        ]  # a letter for each syllable
    if draw < 0.25:
        return [name.replace(" ", "-", 1) if draw < 0.17 else name.lower() if kind != "Metric" else name]
    return [name]


def made(number: int, seed: int = 0) -> tuple[dict[str, Any], dict[str, Any]]:
    """The paper with this number, as an input row, and its record."""
    chance = random.Random(f"{seed}/{number}")
    count = max(2, round(chance.gauss(7.5, 2.5)))
    things: dict[str, tuple[str, list[str]]] = {}
    for place in range(count):
        rank = _KNOWN + number * 40 + place if chance.random() < _NEW else int(math.exp(chance.random() * math.log(_KNOWN)))
        kind, name = thing(rank)
        things.setdefault(name.lower(), (kind, spelt(kind, name, chance)))
    text, entities = f"On {word(number)} and its kin\n", []
    for place, (kind, forms) in enumerate(things.values()):
        sentence = f"We look at {forms[0]}, as {word(chance.randrange(8000))} and {word(chance.randrange(8000))} did before us in the field"
        start, spans = len(text), list[dict[str, Any]]()
        if len(forms) > 1:
            sentence += f" ({forms[1]})"
        if chance.random() < 0.6:
            sentence += f", and then at {forms[-1]} again"
        sentence += "."
        for form in forms:
            at = -1
            while (at := sentence.find(form, at + 1)) >= 0:
                spans.append(
                    {
                        "start": start + at,
                        "end": start + at + len(form),
                        "text": form,
                        "confidence": round(0.5 + chance.random() / 2, 4),
                    }
                )
        role = "introduces" if place == 0 and kind in ("Method", "Model", "Dataset") else _ROLES[kind]
        proof = {
            "confidence": round(0.4 + chance.random() / 2, 4),
            "start": start,
            "end": start + len(sentence),
            "sentence": sentence,
        }
        entities.append(
            {"id": f"e{place}", "type": kind, "name": forms[0], "mentions": list(dict.fromkeys(s["text"] for s in spans)), "roles": [role],
             "confidence": round(0.6 + chance.random() * 0.4, 4), "spans": spans, "role_evidence": [{"role": role, **proof}]}
        )  # fmt: skip
        text += sentence + " "
    relations = []
    for one, other in ((a, b) for a in entities for b in entities if a is not b):
        kind = _RELATIONS.get((one["type"], other["type"]))
        if kind and chance.random() < 0.35:
            proof = {name: one["role_evidence"][0][name] for name in ("confidence", "start", "end", "sentence")}
            relations.append({"type": kind, "source": one["id"], "target": other["id"], **proof})
    title, _, abstract = text.strip().partition("\n")
    authors = [
        f"{word(chance.randrange(400)).title()} {word(chance.randrange(200_000)).title()}" for _ in range(chance.randint(1, 5))
    ]
    paper = {
        "id": f"s{number}",
        "title": title,
        "abstract": abstract,
        "authors": authors,
        "year": 2010 + number % 15,
        "venue": word(number % 60).title(),
    }
    return paper, {
        "id": f"s{number}",
        "entities": entities,
        "relations": relations,
        "results": _results(entities, chance),
        "links": [],
    }


def _results(entities: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    metrics = [e for e in entities if e["type"] == "Metric"]
    if not metrics or chance.random() > 0.4:
        return []
    value, proof = f"{chance.uniform(10, 99):.1f}", metrics[0]["role_evidence"][0]
    ends = {
        name: next((e["id"] for e in entities if e["type"] == kind), None)
        for name, kind in (("subject", "Model"), ("dataset", "Dataset"))
    }
    return [{"value": value, "metric": metrics[0]["id"], "unit": "%", "kind": "absolute", "evidence": value, **ends,
             **{name: proof[name] for name in ("confidence", "start", "end", "sentence")}}]  # fmt: skip


def write(count: int, folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Papers and records as files."""
    folder.mkdir(parents=True, exist_ok=True)
    papers, records = folder / "papers.jsonl", folder / "records.jsonl"
    with papers.open("w", encoding="utf-8") as one, records.open("w", encoding="utf-8") as other:
        for paper, record in (made(number, seed) for number in range(count)):
            one.write(json.dumps(paper) + "\n")
            other.write(json.dumps(record) + "\n")
    return papers, records


_OPENINGS = (
    "We propose {model}, a {method} for {task}.",
    "{task} remains hard because labels are rare.",
    "This paper introduces {model} for {task}.",
)
_MIDDLES = ("{model} builds on {other} and adds {method}.", "Training uses {dataset} and a simple schedule.", "Unlike {other}, it needs no labels.",
            "The key idea is {method}, which scales to long inputs.", "An ablation shows that {method} matters most.")  # fmt: skip
_ENDINGS = ("On {dataset}, {model} reaches {value}% accuracy, {gain} points above {other}.", "Experiments on {dataset} and {dataset2} show that {model} outperforms {other}.",
            "{model} improves F1 from {low} to {value} on {dataset}.", "Code is available at https://github.com/example/{slug}.")  # fmt: skip


def abstracts(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Papers with abstracts to read: eight made-up sentences each, of the kinds that such texts have."""
    for number in range(count):
        chance = random.Random(f"text/{seed}/{number}")

        def name(kind: str, chance: random.Random = chance) -> str:
            ranks = iter(lambda: int(math.exp(chance.random() * math.log(_KNOWN))), -1)
            return next(found for rank in ranks if (found := thing(rank))[0] == kind)[1]

        value = chance.uniform(60, 95)
        words = {
            "model": f"{word(number + 400).title()}Net", "method": name("Method"), "task": name("Task"), "other": name("Model"), "dataset": name("Dataset"),
            "dataset2": name("Dataset"), "value": f"{value:.1f}", "low": f"{value - 4:.1f}", "gain": f"{chance.uniform(0.3, 6):.1f}", "slug": word(number),
        }  # fmt: skip
        lines = [*chance.sample(_OPENINGS, 2), *chance.sample(_MIDDLES, 4), *chance.sample(_ENDINGS, 2)]
        text = " ".join(line.format(**words) for line in lines)
        yield {
            "id": f"t{seed}-{number}",
            "title": f"{words['model']}: {words['method']} for {words['task']}",
            "abstract": text[0].upper() + text[1:],
            "year": 2010 + number % 15,
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    for path in write(args.count, args.folder, args.seed):
        print(path)


if __name__ == "__main__":
    main()
