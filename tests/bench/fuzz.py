"""Anything at all as input, found by coverage: each format is fed bytes that atheris makes up, from a sample on.

    pip install atheris
    python tests/bench/fuzz.py [--seconds 60] [FORMAT ...]

Prints a line of JSON for each format: inputs tried in a process of its own, and how it ended. A crash, a hang of more than 10 s or more than 2 GB ends it
with the input that did it. What cannot be used must come as a row of the report or as one error of ours.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from ingest_samples import SAMPLES


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("formats", nargs="*", default=list(SAMPLES))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        feed(arguments.formats[0], Path(arguments.inside), arguments.seconds)
        return
    for name in arguments.formats:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "seed").write_bytes(SAMPLES[name][0])
            command = [sys.executable, __file__, name, "--inside", folder, "--seconds", str(arguments.seconds)]
            done = subprocess.run(command, capture_output=True, text=True, errors="replace")
            tried = re.findall(r"#(\d+)\s", done.stderr)
            told = {
                "format": name,
                "seconds": arguments.seconds,
                "inputs": int(tried[-1]) if tried else 0,
                "clean": done.returncode == 0,
            }
            print(json.dumps(told), flush=True)
            if done.returncode:
                print(done.stderr[-3000:], file=sys.stderr)


def feed(name: str, corpus: Path, seconds: int) -> None:
    """Feed one format until the time is over; does not come back."""
    import atheris

    with atheris.instrument_imports(include=["kg.ingest"]):
        from kg.ingest.base import Rejected
        from kg.ingest.sniff import read_papers
        from kg.model.errors import DataError
    path = corpus / "input.bin"

    def try_one(data: bytes) -> None:
        path.write_bytes(data)
        try:
            for item in read_papers(path, name):
                assert isinstance(item, Rejected) or item[1].title or (item[1].abstract and item[1].identifiers)
        except DataError:
            pass

    options = [f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048", f"-artifact_prefix={corpus}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], try_one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
