"""JSON-LD 1.1, compact by `schema/context.jsonld`, one node object per line inside `@graph`."""

from __future__ import annotations

import json
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from kg.export._rdf import opened
from kg.rdf.jsonld import context, node_object
from kg.rdf.lines import parsed
from kg.rdf.mapping import retired_lines, to_lines
from kg.tables import Version


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    with opened(path) as file:
        file.write(b'{"@context": ' + json.dumps(context()).encode() + b',\n"@graph": [\n')
        for i, (subject, triples) in enumerate(groupby(parsed(chain(to_lines(version), retired_lines(version))), key=_subject)):
            file.write((",\n" if i else "").encode() + json.dumps(node_object(subject, triples), ensure_ascii=False).encode())
        file.write(b"\n]}\n")
    return [path]


def _subject(quad: Any) -> str:
    return str(quad.subject.value)
