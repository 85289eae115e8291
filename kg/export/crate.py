"""An RO-Crate 1.1: a ZIP with all triples, their description, ontology, shapes, context, the saved questions, the terms of use and
`ro-crate-metadata.json`, which tells of each.

Its date is the one in `publish.toml`, else that on which the tables were written; equal graphs written on one day give equal bytes.
"""

from __future__ import annotations

import datetime
import itertools
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kg.export._rdf import write_lines
from kg.publication import Publication, read_publication, terms_text
from kg.rdf.description import Sizes, describe, description_text
from kg.rdf.mapping import retired_lines, to_lines
from kg.release import RELEASE
from kg.resources import data_path
from kg.tables import Version

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP can hold
_KINDS = {
    ".nt": ("application/n-triples", "All triples of the graph"),
    ".ttl": ("text/turtle", ""),
    ".jsonld": ("application/ld+json", "JSON-LD context"),
    ".cypher": ("application/x-cypher-query", ""),
    ".rq": ("application/sparql-query", ""),
    ".txt": ("text/plain", "Terms of use"),
}
_NAMES = {
    "description.ttl": "Description of the dataset (VoID, DCAT)",
    "ontology.ttl": "Ontology",
    "shapes.ttl": "SHACL shapes",
}


def write(version: Version, path: Path) -> list[Path]:
    """See `Exporter.write`."""
    told, sizes = read_publication(version.path.parent), Sizes()
    date = told.published or datetime.date.fromtimestamp((version.path / "manifest.json").stat().st_mtime).isoformat()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as crate:
        lengths: dict[str, int] = {}
        with crate.open(_entry("graph.nt"), "w", force_zip64=True) as file:
            write_lines(sizes.counting(itertools.chain(to_lines(version), retired_lines(version))), file)
        lengths["graph.nt"] = crate.getinfo("graph.nt").file_size
        for name, data in _files(version, told, sizes):
            crate.writestr(_entry(name), data)
            lengths[name] = len(data)
        crate.writestr(
            _entry("ro-crate-metadata.json"),
            json.dumps(_metadata(told, date, lengths), indent=1, ensure_ascii=False).encode() + b"\n",
        )
    return [path]


def _files(version: Version, told: Publication, sizes: Sizes) -> Iterator[tuple[str, bytes]]:
    yield "description.ttl", description_text(describe(version, sizes))
    for name in ("ontology.ttl", "shapes.ttl", "context.jsonld"):
        yield name, data_path("schema", name).read_bytes()
    for query in sorted(data_path("queries").iterdir()):
        if query.suffix in (".cypher", ".rq"):
            yield f"queries/{query.name}", query.read_bytes()
    yield "LICENCE.txt", terms_text(told).encode()


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return info


def _metadata(told: Publication, date: str, lengths: dict[str, int]) -> dict[str, Any]:
    root: dict[str, Any] = {
        "@id": "./",
        "@type": "Dataset",
        "name": told.title,
        "description": told.description,
        "datePublished": date,
        "license": {"@id": told.licence or "LICENCE.txt"},
        "hasPart": [{"@id": name} for name in lengths],
        "identifier": f"{told.base}dataset",
    }
    things: list[dict[str, Any]] = [
        {
            "@id": "ro-crate-metadata.json",
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        root,
    ]
    if told.publisher:
        root["publisher"] = {"@id": "#publisher"}
        things.append({"@id": "#publisher", "@type": "Organization", "name": told.publisher})
    if told.licence:
        things.append({"@id": told.licence, "@type": "CreativeWork", "name": told.licence})
    software = {
        "@id": "#paperkg",
        "@type": "SoftwareApplication",
        "name": "paperkg",
        "version": RELEASE,
        "softwareVersion": RELEASE,
    }
    made = {
        "@id": "#export",
        "@type": "CreateAction",
        "name": "Export of the graph",
        "instrument": {"@id": "#paperkg"},
        "result": {"@id": "graph.nt"},
    }
    root["mentions"] = {"@id": "#export"}
    return {
        "@context": "https://w3id.org/ro/crate/1.1/context",
        "@graph": [*things, *(_file(n, size) for n, size in lengths.items()), software, made],
    }


def _file(name: str, size: int) -> dict[str, Any]:
    kind, words = _KINDS[Path(name).suffix]
    return {
        "@id": name,
        "@type": "File",
        "name": _NAMES.get(name) or words or f"Saved question: {Path(name).stem}",
        "encodingFormat": kind,
        "contentSize": str(size),
    }
