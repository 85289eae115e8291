"""JSON-LD 1.1, compact by `schema/context.jsonld`, one node object per line inside `@graph`."""

from __future__ import annotations

import json
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from kg.export._rdf import opened
from kg.rdf.jsonld import context, node_object
from kg.rdf.mapping import retired_triples, to_triples
from kg.tables import Version


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    with opened(path) as file:
        file.write(b'{"@context": ' + json.dumps(context()).encode() + b',\n"@graph": [\n')
        for i, (subject, triples) in enumerate(groupby(chain(to_triples(version), retired_triples(version)), key=_subject)):
            file.write((",\n" if i else "").encode() + json.dumps(node_object(subject, triples), ensure_ascii=False).encode())
        file.write(b"\n]}\n")
    return [path]


def _subject(triple: Any) -> str:
    return str(triple.subject.value)
