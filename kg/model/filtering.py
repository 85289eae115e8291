"""Records without what is too unsure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from kg.model.records import LocalEntity, LocalResult, PaperRecord


def at_least(record: PaperRecord, confidence: float) -> PaperRecord:
    """The record's mentions, roles, relations and results of at least this confidence, in [0, 1].

    An entity without a mention goes, and with it the relations at it; a result goes once it has neither metric
    nor data set. Links stay: they are read, not guessed.
    """
    if confidence <= 0:
        return record
    entities = tuple(kept for e in record.entities if (kept := _sure_part(e, confidence)).mentions)
    ids = {e.id for e in entities}
    relations = tuple(r for r in record.relations if r.confidence >= confidence and {r.source, r.target} <= ids)
    results = tuple(_without_missing(r, ids) for r in record.results if r.confidence >= confidence)
    return replace(record, entities=entities, relations=relations, results=tuple(r for r in results if r.metric or r.dataset))


def _sure_part(entity: LocalEntity, confidence: float) -> LocalEntity:
    return replace(
        entity,
        mentions=tuple(m for m in entity.mentions if m.confidence >= confidence),
        roles=tuple(r for r in entity.roles if r.confidence >= confidence),
    )


def _without_missing(result: LocalResult, ids: set[str]) -> LocalResult:
    parts: dict[str, Any] = {
        k: v if (v := getattr(result, k)) in ids else None for k in ("subject", "metric", "dataset", "task", "baseline")
    }
    return replace(result, **parts)
