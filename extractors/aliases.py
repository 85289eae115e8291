"""In-paper entities: mentions that name one thing, joined by folded name and by defined abbreviations."""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from extractors.abbreviations import is_short_form
from extractors.document import Found, reading, title_length
from kg.model.identifiers import fold_name


@Language.component("kg_aliases", requires=["doc._.kg"], assigns=["doc._.kg"])
def join_aliases(doc: Doc) -> Doc:
    """Replace one-mention entities by clusters, in order of first mention, each with one type and name."""
    found = reading(doc)
    links = {}
    shorts = []
    for short, long in [*found.abbreviations, *_glosses(doc, found.entities)]:
        for long_key in _long_keys(long.text, found.entities):
            links[fold_name(short.text)] = long_key
            shorts.append(short.text)
    groups: dict[str, list[Found]] = defaultdict(list)
    for entity in found.entities:
        key = fold_name(entity.name)
        groups[links.get(key, key)].append(entity)
    pairs = {links[key]: text for text in shorts if (key := fold_name(text)) in links}
    found.entities = [_join(members, pairs.get(key)) for key, members in groups.items()]
    found.entities.sort(key=lambda e: e.spans[0].start)
    return doc


def _glosses(doc: Doc, entities: list[Found]) -> Iterator[tuple[Span, Span]]:
    """(short, long) where one mention stands in brackets right behind another and its letters are in it, in
    order: looser than a defined abbreviation, for names such as XPO, eXploratory preference optimization."""
    spans = sorted((span for entity in entities for span in entity.spans), key=lambda s: s.start)
    for long, short in itertools.pairwise(spans):
        bracketed = short.start == long.end + 1 and doc[long.end].text == "(" and doc[short.end : short.end + 1].text == ")"
        if bracketed and is_short_form(short.text) and len(long) > 1 and _in_order(short.text, long.text):
            yield short, long


def _in_order(short: str, long: str) -> bool:
    rest = iter(long.casefold())
    return all(letter in rest for letter in short.casefold() if letter.isalpha())


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
    return Found(kind, _name(spans, short), spans, scores, states=states, known=any(m.known for m in ordered))


def _name(spans: list[Span], short: str | None) -> str:
    """The abbreviation where there is one, else the commonest form: proper names as written, ordinary words
    in lower case and singular."""
    if short:
        return re.sub(r"(?<=[A-Z]{2})s$", "", short)
    forms = [span.text for span in spans]
    counts = Counter(forms)
    best = min(counts, key=lambda form: (-counts[form], forms.index(form)))
    if _is_proper(best, spans):
        return re.sub(r"(?<=[A-Z]{2})s$", "", best)
    lower = next((form for form in forms if form.islower()), best.lower())
    return re.sub(r"(?<=[a-z]{3})(?<![siu])s$", "", re.sub(r"(?<=[a-z]{3})ies$", "y", lower))


def _is_proper(form: str, spans: list[Span]) -> bool:
    """Capitals or digits inside a word, a single capitalised word, or capitals that neither the title nor the
    start of a sentence explains."""
    words = form.split()
    if any(re.search(r"\d|[^\W\d_][A-Z]", word) for word in words):
        return True
    if len(words) == 1:
        return form[:1].isupper() and not any(span.text.islower() for span in spans)
    explained = title_length(spans[0].doc)
    return any(s.start >= explained and not s[0].is_sent_start and s[-1].text[:1].isupper() for s in spans)
