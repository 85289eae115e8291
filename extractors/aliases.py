"""In-paper entities: mentions that name one thing, joined by name, defined abbreviations and a classifier."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.abbreviations import is_short_form
from extractors.alias_pairs import COINED, alias_pairs, letters_of, stand_in_order
from extractors.document import Found, reading, span_text, title_length, words_of
from extractors.lexicon import usual_long_forms
from extractors.perceptron import Perceptron
from extractors.variants import long_forms, text_key, variant_key

_PLURAL, _PLURAL_CAPITALS = re.compile(r"(?<=[A-Z])s$"), re.compile(r"(?<=[A-Z]{2})s$")
_PLURAL_Y, _PLURAL_WORD = re.compile(r"(?<=[a-z]{3})ies$"), re.compile(r"(?<=[a-z]{3})(?<![siu])s$")
ALIAS_CLASSES = ("same",)


class AliasJoiner:
    """Replaces one-mention entities by clusters, in order of first mention, each with one type and name.

    First by rule: folded names, defined abbreviations, bracketed glosses. Then a classifier, where one
    is trained, says which of these clusters name one thing though their words differ.
    """

    def __init__(self) -> None:
        self.model: Perceptron | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Join the mentions of a document."""
        found = reading(doc)
        found.entities = join_by_rule(doc)
        if self.model is not None and len(found.entities) > 1:
            pairs = list(alias_pairs(doc))
            scores = self.model.scores([features for _, _, features in pairs])[:, 0].tolist()
            scored = [(score, i, j) for (i, j, _), score in zip(pairs, scores, strict=True)]
            found.entities = merge(found.entities, scored, float(self.model.thresholds[0]))
        return doc

    def to_disk(self, path: Path, exclude: Iterable[str] = ()) -> None:
        """Write the classifier, if trained."""
        if self.model is not None:
            path.mkdir(exist_ok=True)
            self.model.save(path / "aliases.npz")

    def from_disk(self, path: Path, exclude: Iterable[str] = ()) -> AliasJoiner:
        """Read the classifier, if there is one."""
        if (path / "aliases.npz").is_file():
            self.model = Perceptron.load(path / "aliases.npz")
        return self


@Language.factory("kg_aliases", requires=["doc._.kg"], assigns=["doc._.kg"])
def make_aliases(nlp: Language, name: str) -> AliasJoiner:
    """Factory of the alias component."""
    return AliasJoiner()


def join_by_rule(doc: Doc) -> list[Found]:
    """The clusters that need no classifier."""
    found = reading(doc)
    links = {}
    shorts = []
    for short, long in [*found.abbreviations, *_glosses(doc, found.entities)]:
        for long_key in _long_keys(long.text, found.entities):
            links[text_key(short.text)] = long_key
            shorts.append(short.text)
    for short_text, long_key in _usual(found.entities):
        if links.setdefault(text_key(short_text), long_key) == long_key:
            shorts.append(short_text)
    longs = long_forms(doc)
    packed = {short.replace(" ", ""): long for short, long in links.items()}  # `Fed-WCA` where `FedWCA` is defined
    groups: dict[str, list[Found]] = defaultdict(list)
    for entity in found.entities:
        key = text_key(entity.name)
        meant = links.get(key) or packed.get(key.replace(" ", ""), key)
        groups[variant_key(meant, longs)].append(entity)
    pairs = {variant_key(links[key], longs): text for text in shorts if (key := text_key(text)) in links}
    joined = [_join(members, pairs.get(key)) for key, members in groups.items()]
    return sorted(joined, key=lambda e: e.spans[0].start)


def merge(groups: list[Found], pairs: list[tuple[float, int, int]], threshold: float) -> list[Found]:
    """Join groups, the likeliest pair first, as long as two clusters' pairs have a mean of at least `threshold`."""
    clusters = [[groups[i] for i in members] for members in linked(len(groups), pairs, threshold)]
    return sorted((_join(m, _short_name(m)) if len(m) > 1 else m[0] for m in clusters), key=lambda e: e.spans[0].start)


def linked(count: int, pairs: list[tuple[float, int, int]], threshold: float) -> list[list[int]]:
    """Clusters of the numbers below `count`, by average linkage (Sokal and Michener 1958) over scored pairs (score, i, j)
    with i < j; a pair without a score counts as 0. Pairs are tried once, by falling score.

    >>> linked(3, [(0.9, 0, 1), (0.8, 1, 2)], 0.5)
    [[0, 1], [2]]
    """
    scores = {(i, j): score for score, i, j in pairs}
    cluster = {i: [i] for i in range(count)}
    for score, i, j in sorted(pairs, key=lambda pair: (-pair[0], pair[1:])):
        left, right = cluster[i], cluster[j]
        if score < threshold:
            break
        if left is not right:
            between = [scores.get((min(a, b), max(a, b)), 0.0) for a in left for b in right]
            if sum(between) / len(between) >= threshold:
                left += right
                cluster.update(dict.fromkeys(right, left))
    return [sorted(members) for i, members in cluster.items() if min(members) == i]


def _short_name(members: list[Found]) -> str | None:
    return next((m.name for m in members if is_short_form(m.name) and m.name != m.name.lower()), None)


def _usual(entities: list[Found]) -> Iterator[tuple[str, str]]:
    """(abbreviation, key of its long form) where the text uses both without saying so, but other papers do."""
    keys = {text_key(e.name) for e in entities}
    for entity in entities:
        short = _PLURAL.sub("", entity.name)
        long = next((key for key in usual_long_forms().get(short, ()) if key in keys), None)
        if long is not None and long != text_key(entity.name):
            yield entity.name, long


def _glosses(doc: Doc, entities: list[Found]) -> Iterator[tuple[Span, Span]]:
    """(short, long) where one mention stands in brackets right behind another and its letters are in it, in
    order: looser than a defined abbreviation, for names such as XPO, eXploratory preference optimization."""
    spans = sorted((span for entity in entities for span in entity.spans), key=lambda s: s.start)
    words = words_of(doc)
    for long, short in itertools.pairwise(spans):
        bracketed = short.start == long.end + 1 and words[long.end] == "(" and words[short.end : short.end + 1] == [")"]
        if bracketed and is_short_form(short.text) and len(long) > 1 and _in_order(short.text, long.text):
            yield short, long


def _in_order(short: str, long: str) -> bool:
    """Whether the letters of the one stand, in order, in the other, whatever their case."""
    return stand_in_order(letters_of(short), long.casefold())


def _long_keys(long: str, entities: list[Found]) -> list[str]:
    """The key of the mention that is the long form, or holds it, or is its tail."""
    whole = text_key(long)
    keys = [text_key(e.name) for e in entities]
    if whole in keys:
        return [whole]
    close = [key for key in keys if " " in key and (whole.endswith(key) or key.endswith(whole))]
    return [max(close, key=len)] if close else []


def _join(members: list[Found], short: str | None) -> Found:
    ordered = sorted(members, key=lambda e: e.spans[0].start)
    votes: Counter[str] = Counter()
    for member in ordered:
        votes[member.type] += sum(member.scores) * (2 if " " in member.name else 1)  # type: ignore[assignment]
    kind = min(votes, key=lambda t: (-votes[t], t))
    rows = sorted(
        (row for member in ordered for row in zip(member.spans, member.scores, member.states, strict=True)),
        key=lambda r: r[0].start,
    )
    spans = [span for span, _, _ in rows]
    return Found(
        kind,
        _name(spans, short),
        spans,
        [score for _, score, _ in rows],
        states=[state for *_, state in rows],
        known=any(m.known for m in ordered),
    )


def _name(spans: list[Span], short: str | None) -> str:
    """The abbreviation where there is one, else the commonest form: proper names as written, ordinary words
    in lower case and singular."""
    if short:
        return _PLURAL_CAPITALS.sub("", short)
    forms = [span_text(span) for span in spans]
    counts = Counter(forms)
    best = min(counts, key=lambda form: (-counts[form], forms.index(form)))
    if _is_proper(best, spans):
        return _PLURAL_CAPITALS.sub("", best)
    lower = next((form for form in forms if form.islower()), best.lower())
    return _PLURAL_WORD.sub("", _PLURAL_Y.sub("y", lower))


def _is_proper(form: str, spans: list[Span]) -> bool:
    """Capitals or digits inside a word, a single capitalised word, or capitals that neither the title nor the
    start of a sentence explains."""
    words = form.split()
    if any(map(COINED.search, words)):
        return True
    if len(words) == 1:
        return form[:1].isupper() and not any(span_text(span).islower() for span in spans)
    explained = title_length(spans[0].doc)
    return any(s.start >= explained and not s[0].is_sent_start and s[-1].text[:1].isupper() for s in spans)
