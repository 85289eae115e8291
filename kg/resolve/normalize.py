"""The key of an entity's name: what all its spellings have in common, and what names of other things have not.

Spellings differ in case, accents, Greek letters, hyphens, spaces, number, British or American endings, generic heads
(`GSM8K dataset`, `attention mechanism`), owners and abbreviations in brackets, usual abbreviations inside longer names (`multimodal LLM`) and, for methods and
tasks, the form of the verb (`fine-tuned`). Versions, sizes and variants are kept: `LLaMA-2` = `Llama 2` = `LLaMA2` ≠ `LLaMA`.
What only knowledge of the field can join stands in `extractors/terms/`: aliases, and synonyms.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections import defaultdict

from extractors.lexicon import known_synonyms, usual_long_forms
from kg.model.identifiers import fold_name
from kg.resolve.abbreviations import is_abbreviation

_HEADS = {
    "Model": {"model", "network", "net", "architecture"},
    "Method": {
        "method", "algorithm", "mechanism", "strategy", "technique", "approach", "framework", "paradigm", "procedure", "module", "scheme",
    },
    "Dataset": {"dataset", "benchmark", "corpus", "testbed"},
    "Metric": {"metric", "score", "measure"},
    "Task": {"task", "problem", "setting"},
}  # fmt: skip
_SPELLINGS = tuple(
    (re.compile(pattern), spelling)
    for pattern, spelling in (
        (r"(?<=[a-z]{3})ie\b", "y"),  # `policies` without its s
        (r"(ss|[cs]h|x)e\b", r"\1"),  # `processes`
        (r"isation\b", "ization"),
        (r"is(e|ed|ing|er)\b", r"iz\1"),
        (r"\b(mode|labe|signa)ll(?=ed\b|ing\b|er\b)", r"\1l"),
        (r"\bdialogue\b", "dialog"),
        (r"(behavi|col|fav|neighb)our", r"\1or"),
        (r"\bcentre\b", "center"),
    )
)
_SPELT = re.compile("|".join(pattern.pattern for pattern, _ in _SPELLINGS))
_VERB = re.compile(r"(?<=[a-z]{3})(?:ing|ed|e)$")
_DOUBLED = re.compile(r"([bdgmnprt])\1$")  # planning, plan
_COINED = re.compile(r"[^\W\d_][A-Z]|\d")
_CAPITALS = re.compile(r"[\w-]+S")
_HUB = re.compile(r"[\w.-]+/([\w.-]*[-\d][\w.-]*)")
_GLOSS = re.compile(r"(\S.*?) ?\(([^()]+)\)")
_SUITE = re.compile(
    r"(?<=\w{3}[a-zA-Z0-9])(?:Classification|Clustering|Reranking|(?:[IT]+2[IT]+)?Retrieval|STS|BitextMining|ZeroShot)(?:\.v\d)?$"
)
_WORD = re.compile(r"[^\W\d_]{3,}")
_DATA_SET = re.compile(r" data set\b")


def name_key(name: str, kind: str) -> str:
    """The key of a name of an entity of this type.

    >>> name_key("Fine-Tuning", "Method") == name_key("finetuning", "Method")
    True
    >>> name_key("LLaMA-2", "Model") == name_key("Llama 2", "Model") == name_key("LLaMA2", "Model")
    True
    >>> name_key("GSM8K dataset", "Dataset") == name_key("GSM8K", "Dataset")
    True
    >>> name_key("ImageNet-1k", "Dataset") == name_key("ImageNet-21k", "Dataset")
    False
    """
    key = _key(name, kind)
    return _synonyms().get((kind, key), key)


def is_synonym(name: str, kind: str) -> bool:
    """Whether a list of synonyms leads from this name to its key."""
    return (kind, _key(name, kind)) in _synonyms()


@functools.lru_cache(maxsize=1 << 17)
def _key(name: str, kind: str) -> str:
    name = _bare(name, kind)
    key = spelling_key(name)
    longs = _long_forms()
    if _CAPITALS.fullmatch(name) and name[:-1] not in usual_long_forms():
        key += "s"  # no plural: VITS is not ViT
    if " " in key:
        key = " ".join([longs.get(word, word) for word in key.split(" ")])
    key = without_head(key, kind)
    if kind in ("Method", "Task") and not _COINED.search(name):
        key = _DOUBLED.sub(r"\1", _VERB.sub("", key))
    return key.replace(" ", "") or key


@functools.cache
def _synonyms() -> dict[tuple[str, str], str]:
    """(type, key) → key of the usual name, which has no other. What is a name of several things leads to none."""
    usual: dict[tuple[str, str], set[str]] = defaultdict(set)
    for kind, name, alias in known_synonyms():
        usual[kind, _key(alias, kind)].add(_key(name, kind))
    pairs = {alias: names.pop() for alias, names in usual.items() if len(names) == 1 and alias[1] not in names}
    ends = {}
    for kind, key in pairs:
        name, passed = key, {key}
        while (name := pairs.get((kind, name), name)) not in passed:
            passed.add(name)
        ends[kind, key] = min(passed) if pairs.get((kind, name)) in passed else name  # the lists may lead in a circle
    return ends


@functools.cache
def _long_forms() -> dict[str, str]:
    """Spelling keys of abbreviations that nearly always stand for one thing, and of that thing."""
    return {spelling_key(short): spelling_key(longs[0]) for short, longs in usual_long_forms().items() if len(longs) == 1}


@functools.lru_cache(maxsize=1 << 17)
def spelling_key(name: str) -> str:
    """The words of a name in one spelling, apart by single spaces."""
    plain = name.replace("@", " at ").lower() if name.isascii() else _plain_letters(name)
    key = _DATA_SET.sub(" dataset", fold_name(plain) or fold_name(name))
    if _SPELT.search(key):
        for pattern, spelling in _SPELLINGS:
            key = pattern.sub(spelling, key)
    return key or name


@functools.lru_cache(maxsize=1 << 17)
def packed(name: str) -> str:
    """The letters and digits of a name in one spelling."""
    return spelling_key(name).replace(" ", "")


def topic(name: str) -> str:
    """The words of a name in any spelling; one of a single word, as it is written."""
    return spelling_key(name) if len(_WORD.findall(name)) > 1 else name.replace(" ", "")


def _plain_letters(name: str) -> str:
    """A name in small letters, without accents, Greek ones spelt out."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return "".join(_letter_name(c) if "α" <= c <= "ω" else c for c in plain.replace("@", " at ").casefold())


def _letter_name(letter: str) -> str:
    """`alpha` for α, `sigma` for σ and ς."""
    return unicodedata.name(letter).split()[-1].lower()


def _bare(name: str, kind: str) -> str:
    """A name without what lists and model hubs put round it: the owner (`meta-llama/Llama-2-7B`), its own abbreviation in brackets
    (`word error rate (WER)`), what an evaluation suite does with a dataset (`FiQA2018Retrieval`, `SciDocsClustering.v2`)."""
    if kind == "Model" and (hub := _HUB.fullmatch(name)):
        return hub[1]
    if name.endswith(")") and (gloss := _GLOSS.fullmatch(name)):
        if is_abbreviation(gloss[2], gloss[1]):
            return gloss[1]
        if is_abbreviation(gloss[1], gloss[2]):
            return gloss[2]
    return _SUITE.sub("", name) if kind == "Dataset" else name


def without_head(key: str, kind: str) -> str:
    """A spelling key without the generic head of its type, unless a letter or nothing else is left."""
    before, _, head = key.rpartition(" ")
    return before if len(before) > 1 and head in _HEADS.get(kind, ()) else key
