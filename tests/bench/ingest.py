"""How fast papers are read, and in how much memory: made-up files of a size, a line of JSON for each format.

    python tests/bench/ingest.py [--megabytes 50] [FORMAT ...]

Each format is read in a process of its own. `bare` is what only parsing takes in the same run: `json.loads` of the lines, lxml's
`iterparse` of the whole document, bibtexparser of an entry at a time; `ratio` is ours over that, in papers a second.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

WORDS = [
    "we",
    "show",
    "that",
    "the",
    "model",
    "of",
    "a",
    "large",
    "language",
    "task",
    "for",
    "data",
    "with",
    "training",
    "on",
    "and",
    "its",
    "results",
    "are",
    "better",
    "than",
    "those",
    "by",
    "this",
    "method",
    "which",
    "can",
    "learn",
    "from",
    "few",
    "examples",
    "while",
    "we",
    "propose",
    "new",
    "benchmark",
    "evaluate",
    "accuracy",
    "across",
    "domains",
    "state",
    "art",
    "network",
    "graph",
    "search",
    "policy",
    "reward",
]
FORMATS = ("jsonl", "arxiv-snapshot", "openalex", "arxiv-atom", "acl-anthology", "bibtex", "ris", "csv")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("formats", nargs="*", default=FORMATS)
    parser.add_argument("--megabytes", type=int, default=50)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        measure(arguments.formats[0], arguments.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in arguments.formats:
            path = Path(folder) / "input"
            write(name, path, arguments.megabytes << 20)
            subprocess.run([sys.executable, __file__, name, "--read", str(path)], check=True)
            path.unlink()


def write(name: str, path: Path, size: int) -> None:
    """A file of about that size, the same each time."""
    head, foot, make = WRITERS[name]
    with path.open("w", encoding="utf-8") as file:
        file.write(head)
        for number, paper in enumerate(papers()):
            file.write(make(number, paper))
            if file.tell() > size:
                break
        file.write(foot)


def papers() -> Iterator[dict[str, str]]:
    """Made-up papers of the usual length: titles of 9 words, abstracts of 180, four authors; each tenth with LaTeX, each sixth not in ASCII."""
    chance = random.Random(7)
    number = 0
    while True:
        number += 1
        text = ". ".join(" ".join(chance.choices(WORDS, k=20)).capitalize() for _ in range(9)) + "."
        text += (
            r" It gains 8\% on \emph{all} for $\alpha$."
            if number % 10 == 0
            else " It’s naïve – and works."
            if number % 6 == 0
            else ""
        )
        yield {
            "title": f"{' '.join(chance.choices(WORDS, k=9)).capitalize()} {number}",
            "abstract": text,
            "year": str(2000 + number % 25),
        }


def _json(number: int, paper: dict[str, str]) -> str:
    row = {"id": f"p{number}", **paper, "year": int(paper["year"]), "venue": "Conf", "authors": ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Kurt Gödel" if number % 5 == 0 else "John Mauchly"],
           "url": f"https://arxiv.org/abs/2001.{number % 99999:05d}"}  # fmt: skip
    return json.dumps(row, ensure_ascii=False) + "\n"


def _snapshot(number: int, paper: dict[str, str]) -> str:
    row = {"id": f"2001.{number:05d}", "title": paper["title"], "abstract": paper["abstract"], "categories": "cs.CL cs.AI", "authors": "A. Lovelace", "doi": None,
           "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}], "authors_parsed": [["Lovelace", "Ada", ""], ["Turing", "Alan", ""]]}  # fmt: skip
    return json.dumps(row) + "\n"


def _openalex(number: int, paper: dict[str, str]) -> str:
    index: dict[str, list[int]] = {}
    for place, word in enumerate(paper["abstract"].split()):
        index.setdefault(word, []).append(place)
    row = {"id": f"https://openalex.org/W{number}", "title": paper["title"], "abstract_inverted_index": index, "publication_year": int(paper["year"]),
           "authorships": [{"author": {"display_name": "Ada Lovelace", "orcid": None}, "institutions": []}], "referenced_works": [f"https://openalex.org/W{number + n}" for n in range(20)]}  # fmt: skip
    return json.dumps(row) + "\n"


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _atom(number: int, paper: dict[str, str]) -> str:
    return (
        f"<entry><id>http://arxiv.org/abs/2001.{number % 99999:05d}v1</id><title>{paper['title']}</title><summary>{_xml(paper['abstract'])}</summary>"
        f"<published>{paper['year']}-01-01T00:00:00Z</published><author><name>Ada Lovelace</name></author><author><name>Alan Turing</name></author></entry>\n"
    )


def _acl(number: int, paper: dict[str, str]) -> str:
    return (
        f'<paper id="{number}"><title><fixed-case>A</fixed-case> {paper["title"]}</title><author><first>Ada</first><last>Lovelace</last></author>'
        f"<abstract>{_xml(paper['abstract'])}</abstract><url>2020.x-y.{number}</url><doi>10.18653/v1/2020.x-y.{number}</doi></paper>\n"
    )


def _bib(number: int, paper: dict[str, str]) -> str:
    return (
        f"@inproceedings{{k{number},\n title = {{{paper['title']}}},\n author = {{Lovelace, Ada and Turing, Alan}},\n booktitle = {{Conf}},\n"
        f" year = {{{paper['year']}}},\n abstract = {{{paper['abstract']}}}\n}}\n\n"
    )


def _ris(number: int, paper: dict[str, str]) -> str:
    return f"TY  - JOUR\nTI  - {paper['title']}\nAU  - Lovelace, Ada\nAU  - Turing, Alan\nPY  - {paper['year']}\nAB  - {paper['abstract']}\nER  -\n\n"


def _csv(number: int, paper: dict[str, str]) -> str:
    return f'"{paper["title"]}","{paper["abstract"]}","Ada Lovelace; Alan Turing",{paper["year"]}\n'


WRITERS: dict[str, tuple[str, str, Callable[[int, dict[str, str]], str]]] = {
    "jsonl": ("", "", _json),
    "arxiv-snapshot": ("", "", _snapshot),
    "openalex": ("", "", _openalex),
    "arxiv-atom": ('<feed xmlns="http://www.w3.org/2005/Atom">\n', "</feed>\n", _atom),
    "acl-anthology": ('<collection id="2020.x"><volume id="y"><meta><year>2020</year></meta>\n', "</volume></collection>\n", _acl),
    "bibtex": ("", "", _bib),
    "ris": ("", "", _ris),
    "csv": ("title,abstract,authors,year\n", "", _csv),
}


def measure(name: str, path: Path) -> None:
    """Read a file, then only parse it, and print what that took."""
    from kg.ingest.base import Rejected
    from kg.ingest.sniff import read_papers

    start = time.perf_counter()
    count = sum(not isinstance(item, Rejected) for item in read_papers(path, name))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"format": name, "megabytes": round(path.stat().st_size / 1e6, 1), "papers": count, "seconds": round(seconds, 2), "papers_per_second": round(count / seconds),
            "peak_mb": round(peak)}  # fmt: skip
    if bare := BARE.get(name):
        start = time.perf_counter()
        parsed = bare(path)
        alone = time.perf_counter() - start
        told |= {"bare_papers_per_second": round(parsed / alone), "ratio": round(alone / seconds, 3)}
    print(json.dumps(told), flush=True)


def _bare_json(path: Path) -> int:
    with path.open(encoding="utf-8") as file:
        return sum(bool(json.loads(line)) for line in file)


def _bare_xml(path: Path) -> int:
    from lxml import etree

    count = 0
    for _, element in etree.iterparse(str(path), tag=("{*}entry", "paper")):
        count += 1
        element.clear()
    return count


def _bare_bibtex(path: Path) -> int:
    import bibtexparser

    return sum(
        len(bibtexparser.parse_string(entry, parse_stack=[]).entries) for entry in path.read_text().split("\n\n") if entry.strip()
    )


BARE: dict[str, Callable[[Path], int]] = {
    **dict.fromkeys(("jsonl", "arxiv-snapshot", "openalex"), _bare_json),
    **dict.fromkeys(("arxiv-atom", "acl-anthology"), _bare_xml),
    "bibtex": _bare_bibtex,
}

if __name__ == "__main__":
    main()
