"""Builds and loads the extraction pipelines, and runs them over papers.

A pipeline is a spaCy `Language` whose components are all registered factories, in the order of `config.cfg`.
Shipped ones lie in `models/<name>`. Any other saved spaCy pipeline works too: one without our components gets the
stages that need no training put behind its own entities.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from extractors import DEFAULT_MODEL
from kg.model.errors import InputError, UnknownName
from kg.model.records import Paper, PaperRecord

if TYPE_CHECKING:
    from spacy.language import Language

HERE = Path(__file__).parent
MODELS = HERE / "models"
_CACHED = 100_000  # strings between blanks whose tokens are kept: some ten MB
MAX_CHARACTERS = 200_000  # of one text; what lies beyond is not read, so that time and memory stay bounded
STAGES = ("kg_sentences", "kg_reader", "kg_abbreviations", "kg_gazetteer", "kg_mentions", "kg_aliases", "kg_links", "kg_roles",
          "kg_relations", "kg_results", "kg_confidence")  # fmt: skip


def find_model(name: str = DEFAULT_MODEL) -> Path:
    """The folder of a pipeline: shipped, saved elsewhere, or brought by an installed package.

    A package brings one by an entry point in the group `paperkg.pipelines` (a folder, or a function that gives
    one), or by being a spaCy model package of this name.

    Raises:
        UnknownName: none of these.
    """
    for candidate in (MODELS / name, Path(name), *_packaged(name)):
        if (candidate / "meta.json").is_file() and (candidate / "config.cfg").is_file():
            return candidate
    shipped = ", ".join(sorted(p.parent.name for p in MODELS.glob("*/meta.json")))
    raise UnknownName(f"no model named {name!r}, and no pipeline folder or package of that name; shipped: {shipped}")


def _packaged(name: str) -> Iterator[Path]:
    for entry in importlib.metadata.entry_points(group="paperkg.pipelines"):
        if entry.name == name:
            given = entry.load()
            yield Path(given() if callable(given) else given)
    if name.isidentifier():
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin:
            yield from sorted(Path(spec.origin).parent.glob(f"{name}-*"))


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
    """A ready pipeline. Where all its stages are our own, words have no lexical attributes (`shape_`, `like_num` and so on): spaCy would
    work out two dozen for each new word, a tenth of the time of a short run, and none of ours asks for them.

    Raises:
        UnknownName: see `find_model`.
        InputError: its files cannot be loaded.
    """
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # words are cut one document at a time
    import spacy
    from threadpoolctl import threadpool_limits

    register_components()
    threadpool_limits(
        1, user_api="blas"
    )  # small matrices gain nothing from more threads, and these keep the encoder's from their cores
    folder = find_model(name)
    try:
        nlp = spacy.load(folder)
    except (OSError, ImportError, LookupError, TypeError, ValueError, zipfile.BadZipFile) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{folder}: the pipeline cannot be loaded, train or install it anew: {said}") from error
    if hasattr(nlp.tokenizer, "max_cache_size"):
        nlp.tokenizer.max_cache_size = _CACHED
    if not {"kg_mentions", "kg_pairs"} & set(nlp.pipe_names):
        from extractors.foreign import complete_foreign

        complete_foreign(nlp, STAGES)
    if all(name.startswith("kg_") for name in nlp.pipe_names):
        vocab: Any = nlp.vocab
        vocab.lex_attr_getters = {}
    return nlp


def blank_pipeline() -> Language:
    """spaCy's English tokeniser without its emoticons, for `Optimizer (STOP): …` ends in none, and with the full stop split
    from names such as `GPT-4V.`; no components. Nor has it rules for white space: behind a rule it keeps no words of that text in its cache, and
    there is a line break behind every title."""
    import spacy
    from spacy.util import compile_suffix_regex

    nlp = spacy.blank("en")
    tokenizer: Any = nlp.tokenizer
    tokenizer.rules = {text: rule for text, rule in tokenizer.rules.items() if text.strip() and not set(text) & set("():;=")}
    tokenizer.suffix_search = compile_suffix_regex([*(nlp.Defaults.suffixes or ()), r"(?<=[0-9][A-Z])\."]).search
    return nlp


def register_components() -> None:
    """Import the modules whose factories the pipelines name."""
    from extractors import (  # noqa: F401
        abbreviations,
        aliases,
        confidence,
        entities,
        gazetteer,
        links,
        relations,
        results,
        roles,
        sentences,
        spans,
    )
    from extractors.neural import component  # noqa: F401


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
