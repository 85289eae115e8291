"""Times the main job on a file of papers; prints one JSON line.

    python tests/bench/seeds.py PAGE

Whole commands in processes of their own: the help, a first build, a second build, a cold question in each language. Seconds of
wall clock; compare figures of one run only. Warm questions are `questions`' work, reading alone `extraction`'s.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def seconds(*arguments: str) -> float:
    """Wall time of one `kg` command."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "kg", *arguments], check=True, capture_output=True)
    return round(time.perf_counter() - start, 3)


def main(page: str) -> None:
    """Run all and print."""
    with tempfile.TemporaryDirectory() as folder:
        directory = str(Path(folder) / "bench.kg")
        found = {
            "help_s": min(seconds("--help") for _ in range(5)),
            "first_build_s": seconds("build", page, "-o", directory),
            "second_build_s": min(seconds("build", page, "-o", directory) for _ in range(3)),
            "cold_cypher_s": min(seconds("query", directory, "counts") for _ in range(3)),
            "cold_sparql_s": min(seconds("query", directory, "counts", "--lang", "sparql") for _ in range(3)),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
