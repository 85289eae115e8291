"""In-paper entities: mentions that name one thing, joined by folded name and by defined abbreviations."""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from spacy.language import Language
from spacy.tokens import Doc

from extractors.document import Found, reading
from kg.model.identifiers import fold_name


@Language.component("kg_aliases", requires=["doc._.kg"], assigns=["doc._.kg"])
def join_aliases(doc: Doc) -> Doc:
    """Replace one-mention entities by clusters, in order of first mention, each with one type and name."""
    found = reading(doc)
    links = {}
    for short, long in found.abbreviations:
        for long_key in _long_keys(long.text, found.entities):
            links[fold_name(short.text)] = long_key
    groups: dict[str, list[Found]] = defaultdict(list)
    for entity in found.entities:
        key = fold_name(entity.name)
        groups[links.get(key, key)].append(entity)
    pairs = {links[fold_name(s.text)]: s.text for s, _ in found.abbreviations if fold_name(s.text) in links}
    found.entities = [_join(members, pairs.get(key)) for key, members in groups.items()]
    found.entities.sort(key=lambda e: e.spans[0].start)
    return doc


def _long_keys(long: str, entities: list[Found]) -> list[str]:
    """The key of the mention that is the long form, or holds it, or is its tail."""
    whole = fold_name(long)
    keys = [fold_name(e.name) for e in entities]
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
    spans = [span for member in ordered for span in member.spans]
    scores = [score for member in ordered for score in member.scores]
    states = [state for member in ordered for state in member.states]
    return Found(kind, _name(spans_texts(ordered), short), spans, scores, states=states, known=any(m.known for m in ordered))


def spans_texts(members: list[Found]) -> list[str]:
    """Surface forms of the mentions, in text order, with repeats."""
    return [span.text for member in members for span in member.spans]


def _name(forms: list[str], short: str | None) -> str:
    """The abbreviation where there is one, else the commonest form: proper names as written, ordinary words
    in lower case and singular."""
    if short:
        return re.sub(r"(?<=[A-Z]{2})s$", "", short)
    counts = Counter(forms)
    best = min(counts, key=lambda form: (-counts[form], forms.index(form)))
    words = best.split()
    if any(re.search(r"\d|[^\W\d_][A-Z]", word) for word in words) or (len(words) == 1 and best[:1].isupper()):
        return re.sub(r"(?<=[A-Z]{2})s$", "", best)
    if all(word[:1].isupper() for word in words if len(word) > 3) and any(form.islower() for form in forms):
        best = next(form for form in forms if form.islower())
    if best.istitle() or best.islower() or (len(words) > 1 and words[0][:1].isupper() and " ".join(words[1:]).islower()):
        best = best.lower()
        return re.sub(r"(?<=[a-z]{3})(?<![siu])s$", "", re.sub(r"(?<=[a-z]{3})ies$", "y", best))
    return best
