"""In-paper entities: mentions that name one thing, joined by name, defined abbreviations and a classifier."""

from __future__ import annotations

import functools
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.abbreviations import is_short_form, match_long_form, words_passed_over
from extractors.document import Found, reading, span_text, title_length, words_of
from extractors.lexicon import usual_long_forms
from extractors.linear import LinearModel, Sample
from extractors.variants import long_forms, text_key, variant_key
from kg.model.identifiers import fold_name

_PLURAL, _PLURAL_CAPITALS = re.compile(r"(?<=[A-Z])s$"), re.compile(r"(?<=[A-Z]{2})s$")
_PLURAL_Y, _PLURAL_WORD = re.compile(r"(?<=[a-z]{3})ies$"), re.compile(r"(?<=[a-z]{3})(?<![siu])s$")
_COINED = re.compile(r"\d|[^\W\d_][A-Z]")  # a digit, or a capital inside a word
_LITTLE = {"of", "for", "the", "and", "with", "in", "to", "on", "a", "based"}
_MOST_WORDS = 14  # of a name that are compared with the letters of another
MAX_GROUPS = 60  # of one text that are compared with each other; later ones are joined by name only
ALIAS_CLASSES = ("same",)


class AliasJoiner:
    """Replaces one-mention entities by clusters, in order of first mention, each with one type and name.

    First by rule: folded names, defined abbreviations, bracketed glosses. Then a linear classifier, where one
    is trained, says which of these clusters name one thing though their words differ.
    """

    def __init__(self) -> None:
        self.model: LinearModel | None = None

    def __call__(self, doc: Doc) -> Doc:
        """Join the mentions of a document."""
        found = reading(doc)
        found.entities = join_by_rule(doc)
        if self.model is not None and len(found.entities) > 1:
            pairs = list(alias_pairs(doc))
            scores = self.model.scores([sample for _, _, sample in pairs])
            scored = [(float(s[0]), i, j) for (i, j, _), s in zip(pairs, scores, strict=True)]
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
            self.model = LinearModel.load(path / "aliases.npz")
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


def alias_pairs(doc: Doc) -> Iterator[tuple[int, int, Sample]]:
    """Pairs of positions of `Reading.entities` that may name one thing, with their features.

    Pairs without a word, initials or a place in the title in common are left out, unless the neural reader
    finds them likely.
    """
    groups = [_Group(entity) for entity in reading(doc).entities[:MAX_GROUPS]]
    title_end = title_length(doc)
    heading = next((i + 1 for i, word in enumerate(words_of(doc)[:title_end]) if word == ":"), 0)  # where a subtitle begins
    matrix = _neural_sameness(doc, [group.found for group in groups])
    same = matrix.tolist() if matrix is not None else None
    surest = [_something(doc, group.found) for group in groups] if same is not None else []
    introduced = _introduced(doc, [group.found for group in groups])
    for (i, a), (j, b) in itertools.combinations(enumerate(groups), 2):
        likely = same[i][j] if same is not None else 0.0
        common = a.words & b.words
        initials = bool(a.shorts or b.shorts) and (a.spells(b) or b.spells(a))
        made = a.made_of(b) or b.made_of(a) if a.coined or b.coined else ""
        if not (common or initials or made or likely > 0.1):
            continue
        first, second = a.found.spans[0], b.found.spans[0]
        sample = Sample(_alias_features(a, b, len(common), initials, made, first.start < title_end))
        if heading and first.start == 0 and second.start == heading:
            spelt = match_long_form(span_text(first), span_text(second)) == 0
            sample.features += ("subtitle", f"subtitle|spelt={spelt}", f"subtitle|spelt={spelt}|initials={initials}")
        if same is not None:
            both, kinds = min(introduced[i], introduced[j]), "+".join(sorted((a.kind, b.kind)))
            sample.graded += [("nn:same", likely), ("nn:weaker", min(surest[i], surest[j])), ("nn:introduced", both)]
            sample.graded += [("nn:one introduced", abs(introduced[i] - introduced[j]))]
            sample.graded += [(f"nn:introduced|{kinds}", both), (f"nn:introduced|made={made}", both)]
        yield i, j, sample


class _Group:
    """What the comparison of an entity with others needs, worked out once: of its first four forms, those in keys, their
    words, the letters and length of those that look like abbreviations, the letters of those that may be made of others'
    beginnings, the words of those that have several, the words of the first, and what kind of name it has."""

    def __init__(self, found: Found) -> None:
        forms = list(dict.fromkeys(span_text(s) for s in found.spans))[:4]
        shorts = [form for form in forms if len(form) < 12 and is_short_form(form)]
        self.found = found
        self.keys = [fold_name(form) for form in forms]
        self.words = {word for key in self.keys for word in key.split()} - _LITTLE
        self.first = set(self.keys[0].split())
        self.shorts = [(_letters(form), len(form)) for form in shorts]
        self.forms = [(form.casefold(), len(form)) for form in forms]
        self.coined = ["".join(filter(str.isalnum, form.casefold())) for form in forms if _may_be_coined(form)]
        words = [tuple(re.findall(r"[^\W_]+", form)[:_MOST_WORDS]) for form, _ in self.forms]
        self.worded = [one for one in words if len(one) > 1]
        short = any(is_short_form(span_text(s)) for s in found.spans[:4])
        self.kind = "short" if short else "proper" if found.name != found.name.lower() else "plain"

    def spells(self, other: _Group) -> bool:
        """Whether the letters of a short form stand, in order, in a longer form of the other."""
        return any(length > size and _stand_in(letters, form) for letters, size in self.shorts for form, length in other.forms)

    def made_of(self, other: _Group) -> str:
        """If a coined name is made of beginnings of the other's words: how many of these it passes over and how many letters it has, up
        to three and five; empty if it is not."""
        found = [
            (passed, letters)
            for letters in self.coined
            for words in other.worded
            if (passed := words_passed_over(letters, words)) is not None
        ]
        if not found:
            return ""
        passed, letters = min(found)
        return f"{min(passed, 3)}|{min(len(letters), 5)}"


def _may_be_coined(form: str) -> bool:
    """A name of up to two words and 20 characters with a capital or digit inside a word, or one that looks like an abbreviation."""
    return len(form) <= 20 and form.count(" ") < 2 and bool(_COINED.search(form) or is_short_form(form))


def _introduced(doc: Doc, groups: list[Found]) -> list[float]:
    """How likely the neural reader thinks that the paper introduces each."""
    neural = reading(doc).neural
    if neural is None or not groups or "introduces" not in neural.labels.roles:
        return [0.0] * len(groups)
    said = neural.roles([[(span.start, span.end) for span in group.spans[:4]] for group in groups])
    chances: list[float] = said[:, neural.labels.roles.index("introduces")].tolist()
    return chances


def _alias_features(a: _Group, b: _Group, common: int, initials: bool, made: str, titled: bool) -> list[str]:
    kinds = a.found.type if a.found.type == b.found.type else "+".join(sorted((a.found.type, b.found.type)))
    fit = fit_of(a.keys, b.keys)
    extra = sorted(a.first ^ b.first)
    counts = f"{min(len(a.found.spans), 3)}{min(len(b.found.spans), 3)}"
    return [
        *_fitting(kinds, fit, min(common, 3), "+".join(sorted((a.kind, b.kind))), initials, made, titled),
        *_counted(fit, counts, f"{a.found.known}{b.found.known}", _alike(a.keys, b.keys), len(extra)),
        *(f"extra={word}|{fit}" for word in extra[:4]),
    ]


@functools.lru_cache(maxsize=1 << 13)
def _fitting(kinds: str, fit: str, common: int, shapes: str, initials: bool, made: str, titled: bool) -> tuple[str, ...]:
    return (
        kinds, f"fit={fit}", f"{kinds}|fit={fit}", f"common={common}", f"{kinds}|common={common}|{fit}", f"initials={initials}",
        f"initials={initials}|{fit}|{shapes}", f"titled={titled}|{fit}", f"shapes={shapes}|{fit}", f"made={made}", f"made={made}|{shapes}",
        f"made={made}|{fit}",
    )  # fmt: skip


@functools.lru_cache(maxsize=1 << 13)
def _counted(fit: str, counts: str, known: str, close: int, extra: int) -> tuple[str, ...]:
    return f"counts={counts}|{fit}", f"known={known}|{fit}", f"close={close}|{fit}", f"extra={extra}|{fit}"


def fit_of(names_a: list[str], names_b: list[str]) -> str:
    """How names of the one stand in names of the other: as their head, start, inside, with all words in order, or none.

    >>> fit_of(["visual abstractor module"], ["abstractor module"]), fit_of(["dual coding external memory"], ["dual coding memory"])
    ('head', 'within')
    """
    pairs = [(f" {x} ", f" {y} ") if len(x) > len(y) else (f" {y} ", f" {x} ") for x in names_a for y in names_b]
    return (
        "head" if any(x.endswith(y) for x, y in pairs)
        else "start" if any(x.startswith(y) for x, y in pairs)
        else "inside" if any(y in x for x, y in pairs)
        else "within" if any(_words_in_order(y.strip(), x) for x, y in pairs)
        else "none"
    )  # fmt: skip


def _words_in_order(short: str, long: str) -> bool:
    rest = iter(long.split())
    return " " in short and all(word in rest for word in short.split())


def _alike(names_a: list[str], names_b: list[str]) -> int:
    """Tenths of the likeness of the two closest names: shared pairs of letters, spaces left out (Dice 1945)."""
    pairs = itertools.product(map(_letter_pairs, names_a[:2]), map(_letter_pairs, names_b[:2]))
    return max(int(20 * len(x & y) / max(1, len(x) + len(y))) for x, y in pairs)


@functools.lru_cache(maxsize=4096)
def _letter_pairs(name: str) -> frozenset[str]:
    packed = name.replace(" ", "")
    return frozenset(packed[i : i + 2] for i in range(len(packed) - 1))


def _something(doc: Doc, group: Found) -> float:
    """How sure the neural reader is, at best, that a mention of the group is one."""
    neural = reading(doc).neural
    assert neural is not None
    return max(1.0 - float(neural.kinds_of(s.start, s.end)[0]) for s in group.spans[:4])


def _neural_sameness(doc: Doc, groups: list[Found]) -> np.ndarray | None:
    """The highest probability of sameness between a mention of the one and a mention of the other: (G, G)."""
    neural = reading(doc).neural
    if neural is None:
        return None
    spans, owners = [], []
    for position, group in enumerate(groups):
        fresh = {span_text(span).casefold(): span for span in reversed(group.spans)}
        for span in sorted(fresh.values(), key=lambda s: s.start)[:4]:
            spans.append((span.start, span.end))
            owners.append(position)
    scores = neural.same(spans)
    best = np.zeros((len(groups), len(groups)), dtype=np.float32)
    np.maximum.at(best, (np.repeat(owners, len(owners)), np.tile(owners, len(owners))), scores.ravel())
    return best


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
    return _stand_in(_letters(short), long.casefold())


@functools.lru_cache(maxsize=1 << 12)
def _letters(text: str) -> tuple[str, ...]:
    return tuple(c for c in text.casefold() if c.isalpha())


def _stand_in(letters: tuple[str, ...], folded: str) -> bool:
    place = 0
    for letter in letters:
        place = folded.find(letter, place) + 1
        if not place:
            return False
    return True


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
    if any(map(_COINED.search, words)):
        return True
    if len(words) == 1:
        return form[:1].isupper() and not any(span_text(span).islower() for span in spans)
    explained = title_length(spans[0].doc)
    return any(s.start >= explained and not s[0].is_sent_start and s[-1].text[:1].isupper() for s in spans)
