"""Gold papers → token indices, spans and labels that the network learns from."""

from __future__ import annotations

from dataclasses import dataclass

from spacy.language import Language

from extractors.neural.pieces import PieceCutter, Pieces, join_pieces, windows
from extractors.pipeline import blank_pipeline, register_components
from extractors.training.corpus import GoldPaper, locate_mentions
from kg.model.vocabulary import load_vocabulary


@dataclass(frozen=True)
class Example:
    """One paper for training; T tokens, E located entities.

    `mentions` are (first token, last token + 1, type index from 1, entity index); `roles` one set of role
    indices per entity; `relations` maps ordered pairs of entity indices to a class index from 1;
    `sentences` the sentence number of each of the T tokens.
    """

    id: str
    pieces: Pieces
    sentences: tuple[int, ...]
    mentions: tuple[tuple[int, int, int, int], ...]
    forms: tuple[str, ...]
    roles: tuple[frozenset[int], ...]
    relations: dict[tuple[int, int], int]


def tokenising_pipeline() -> Language:
    """spaCy's English tokeniser with the project's sentence rules, as in the shipped pipelines."""
    register_components()
    nlp = blank_pipeline()
    nlp.add_pipe("kg_sentences")
    return nlp


def to_example(nlp: Language, cutter: PieceCutter, paper: GoldPaper) -> Example:
    """The example of a paper. Forms that split a token or lie beyond the first window are left out."""
    vocabulary = load_vocabulary()
    kinds, roles, relations = (list(v) for v in (vocabulary.entities, vocabulary.roles, vocabulary.relations))
    doc = nlp(paper.text)
    tokens = [t.text for t in doc]
    cut = cutter(tokens)
    _, end, _, _ = next(windows(cut))
    pieces = join_pieces(tokens[:end], cut[:end])
    record = paper.record
    entities = {e["id"]: e for e in record["entities"]}
    places = []
    for start, end, entity_id in locate_mentions(paper.text, record["entities"]):
        span = doc.char_span(start, end)
        if span is not None and span.end <= len(pieces.first):
            places.append((span.start, span.end, entity_id, span.text))
    order = {entity_id: i for i, entity_id in enumerate(dict.fromkeys(p[2] for p in places))}
    pairs = {}
    for relation in record["relations"]:
        if relation["source"] in order and relation["target"] in order:
            pair = order[relation["source"]], order[relation["target"]]
            pairs[pair] = relations.index(relation["type"]) + 1
            if relation["type"] == "COMPARED_WITH":
                pairs.setdefault(pair[::-1], pairs[pair])
    numbers, number = [], -1
    for token in doc[: len(pieces.first)]:
        number += bool(token.is_sent_start)
        numbers.append(max(number, 0))
    return Example(
        id=paper.id,
        pieces=pieces,
        sentences=tuple(numbers),
        mentions=tuple((a, b, kinds.index(entities[e]["type"]) + 1, order[e]) for a, b, e, _ in places),
        forms=tuple(text for *_, text in places),
        roles=tuple(frozenset(roles.index(r) for r in entities[e].get("roles", [])) for e in order),
        relations=pairs,
    )
