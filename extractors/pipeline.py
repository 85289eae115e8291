"""Builds and loads the extraction pipelines, and runs them over papers.

A pipeline is a spaCy `Language` whose components are all registered factories, in the order of `config.cfg`.
Shipped ones lie in `models/<name>`; a path to any other saved pipeline with the same components works too.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from kg.model.errors import UnknownName
from kg.model.records import Paper, PaperRecord

if TYPE_CHECKING:
    from spacy.language import Language

HERE = Path(__file__).parent
MODELS = HERE / "models"
DEFAULT_MODEL = "fast"
MAX_CHARACTERS = 200_000  # of one text; what lies beyond is not read, so that time and memory stay bounded
STAGES = ("kg_sentences", "kg_abbreviations", "kg_gazetteer", "kg_mentions", "kg_aliases", "kg_links", "kg_roles",
          "kg_relations", "kg_results")  # fmt: skip


def find_model(name: str = DEFAULT_MODEL) -> Path:
    """The folder of a shipped model, or of a pipeline saved elsewhere.

    Raises:
        UnknownName: neither a shipped name nor a folder with a pipeline in it.
    """
    for candidate in (MODELS / name, Path(name)):
        if (candidate / "meta.json").is_file():
            return candidate
    shipped = ", ".join(sorted(p.parent.name for p in MODELS.glob("*/meta.json")))
    raise UnknownName(f"no model named {name!r} and no pipeline folder of that name; shipped: {shipped}")


def extractor_version(name: str = DEFAULT_MODEL) -> str:
    """`<model>-<digest>`: changes whenever the code, the term lists, the weights or spaCy change.

    Reads files only; spaCy is not imported.
    """
    model = find_model(name)
    state = hashlib.sha256(importlib.metadata.version("spacy").encode())
    ours = (p for p in HERE.rglob("*") if not {"training", "models"} & set(p.relative_to(HERE).parts))
    code = [p for p in ours if p.suffix in {".py", ".tsv", ".cfg"}]
    for root, files in ((HERE, code), (model, [p for p in model.rglob("*") if p.is_file()])):
        for path in sorted(files):
            state.update(path.relative_to(root).as_posix().encode())
            state.update(path.read_bytes())
    return f"{model.name}-{state.hexdigest()[:12]}"


def load_pipeline(name: str = DEFAULT_MODEL) -> Language:
    """A ready pipeline.

    Raises:
        UnknownName: see `find_model`.
    """
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one thread a process: small matrices gain nothing from more
    import spacy

    register_components()
    return spacy.load(find_model(name))


def register_components() -> None:
    """Import the modules whose factories the pipelines name."""
    from extractors import (  # noqa: F401
        abbreviations,
        aliases,
        entities,
        gazetteer,
        links,
        relations,
        results,
        roles,
        sentences,
    )


def extract(nlp: Language, papers: Iterable[Paper], extractor: str, batch_size: int = 64) -> Iterator[PaperRecord]:
    """One record per paper, in input order, under the paper's own id; batch size does not change the output."""
    from extractors.document import to_record

    for chunk in _batched(papers, batch_size):
        texts = [paper.text[:MAX_CHARACTERS] for paper in chunk]
        for paper, doc in zip(chunk, nlp.pipe(texts, batch_size=batch_size), strict=True):
            yield to_record(doc, paper.id, extractor)


def _batched(papers: Iterable[Paper], size: int) -> Iterator[list[Paper]]:
    chunk: list[Paper] = []
    for paper in papers:
        chunk.append(paper)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
