"""Do names alone join what lists of names take for one thing? Usage: gazetteers.py FILE.tsv ... [--show]

Each file is tab-separated with a header and has the columns `name`, `aliases` (apart by `|`) and `type`. A pair of a name and its alias
counts as found if both have one key. Recall is over those pairs. Of the pairs of different names of one type that have one key though
neither is listed as the other's alias, those that differ in more than case and punctuation are counted, and printed with
`--show`: a person has to tell which of them are wrong, since most are spellings that the lists hold twice.
"""

from __future__ import annotations

import argparse
import csv
import itertools
from collections import defaultdict
from pathlib import Path

from kg.resolve.normalize import name_key


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--show", action="store_true", help="print the pairs to be read")
    args = parser.parse_args()
    listed, found, to_read = 0, 0, []
    for path in args.files:
        here, right = 0, 0
        keyed: dict[tuple[str, str], set[str]] = defaultdict(set)
        aliases: dict[str, set[str]] = defaultdict(set)
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                kind, name = row["type"], row["name"]
                keyed[kind, name_key(name, kind)].add(name)
                for alias in filter(None, (row["aliases"] or "").split("|")):
                    here += 1
                    right += name_key(name, kind) == name_key(alias, kind)
                    aliases[name].add(alias)
                    aliases[alias].add(name)
        pairs = [pair for names in keyed.values() for pair in itertools.combinations(sorted(names), 2)]
        to_read += [
            (path.stem, *pair) for pair in pairs if pair[1] not in aliases[pair[0]] and _letters(pair[0]) != _letters(pair[1])
        ]
        print(f"{path.stem:10s} {right:5d} of {here:5d} alias pairs, recall {right / max(1, here):.3f}")
        listed, found = listed + here, found + right
    print(f"{'all':10s} {found:5d} of {listed:5d} alias pairs, recall {found / max(1, listed):.3f}")
    print(f"{len(to_read)} pairs of other names have one key; precision is {found} / ({found} + those of them that are wrong)")
    if args.show:
        for table, one, other in to_read:
            print(f"{table}\t{one}\t{other}")


def _letters(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


if __name__ == "__main__":
    main()
