"""`python -m kg.rdf.pour VERSION` writes all triples of a version to standard output as N-Triples, for a store that loads them meanwhile."""

from __future__ import annotations

import sys
from pathlib import Path

from pyoxigraph import RdfFormat, serialize

from kg.memory import without_cycles
from kg.rdf.mapping import to_triples
from kg.tables import version_at


@without_cycles()
def main() -> None:
    """Write the triples of the version in the folder named."""
    serialize(to_triples(version_at(Path(sys.argv[1]))), sys.stdout.buffer, RdfFormat.N_TRIPLES)


if __name__ == "__main__":
    main()
