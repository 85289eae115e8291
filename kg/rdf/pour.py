"""`python -m kg.rdf.pour VERSION` writes all triples of a version to standard output as N-Triples, for a store that loads them meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

from kg.memory import without_cycles
from kg.rdf.lines import portions
from kg.rdf.mapping import to_lines
from kg.tables import version_at


@without_cycles()
def main() -> None:
    """Write the triples of the version in the folder named."""
    for text in portions(to_lines(version_at(Path(sys.argv[1])))):
        sys.stdout.buffer.write(text.encode())


if __name__ == "__main__":
    main()
