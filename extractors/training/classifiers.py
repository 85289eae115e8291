"""Fits the role and relation classifiers, and calibrates mention confidences, on predicted entities aligned to gold.

Needs scikit-learn (extra `train`). Roles for the relation classifier are out-of-fold predictions, so that it
learns from roles as unsure as those it will meet.
"""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from spacy.language import Language
from spacy.tokens import Doc

from extractors.alias_pairs import alias_pairs
from extractors.aliases import ALIAS_CLASSES, linked, merge
from extractors.document import Found, reading
from extractors.perceptron import Perceptron
from extractors.relations import NONE, PairContext
from extractors.roles import IS, role_features, said_roles, settle
from extractors.training.corpus import GoldPaper
from kg.model.identifiers import fold_name
from kg.model.records import Role
from kg.model.vocabulary import load_vocabulary

FOLDS = 3
NETWORKS, HIDDEN = 5, 48
_ROUNDS, _MOST_ROUNDS, _STEPS = 25, 60, 1_000
_BATCH, _RATE, _DECAY = 128, 2e-3, 0.03
_LEAST_SPREAD = 1e-6  # of a feature that tells anything
_ALWAYS = 6.0  # log-odds of an answer that never changes
Floats = npt.NDArray[np.float64]
Documents = list[tuple[GoldPaper, Doc, list[str | None]]]


def predicted_documents(nlp: Language, papers: list[GoldPaper]) -> Documents:
    """Documents with predicted entities, and for each the id of the gold entity it is aligned to, or None.

    `nlp` must not have seen these papers: the classifiers are to learn from entities as unsure as those that
    they will meet.
    """
    documents: Documents = []
    with nlp.select_pipes(disable=["kg_roles", "kg_relations", "kg_results"]):
        for paper, doc in zip(papers, nlp.pipe(p.text for p in papers), strict=True):
            documents.append((paper, doc, _align(paper.record["entities"], reading(doc).entities)))
    return documents


def _align(gold: list[dict[str, Any]], found: list[Found]) -> list[str | None]:
    """Best-first, one to one: forms in common, else one form inside another; then the type."""
    pairs = []
    for e in gold:
        forms = {fold_name(m) for m in e["mentions"]}
        for position, entity in enumerate(found):
            shared = _shared(forms, entity)
            if shared:
                pairs.append((-(shared + (e["type"] == entity.type) / 10), e["id"], position))
    aligned: list[str | None] = [None] * len(found)
    for _, gold_id, position in sorted(pairs):
        if aligned[position] is None and gold_id not in aligned:
            aligned[position] = gold_id
    return aligned


def _shared(forms: set[str], entity: Found) -> float:
    """How many forms are common; a half where only one stands inside another."""
    found = {fold_name(s.text) for s in entity.spans}
    return len(forms & found) or 0.5 * any(f" {a} " in f" {b} " or f" {b} " in f" {a} " for a in forms for b in found)


def fit_aliases(documents: Documents) -> Perceptron | None:
    """Fit the classifier of pairs of clusters, on documents joined by rule; joins them by out-of-fold scores, and
    aligns them anew. None where there is nothing to learn from."""
    samples, targets, folds, places = [], [], [], []
    for number, (paper, doc, _) in enumerate(documents):
        forms = {fold_name(m): e["id"] for e in paper.record["entities"] for m in e["mentions"]}
        owners = [{forms.get(fold_name(s.text)) for s in e.spans} - {None} for e in reading(doc).entities]
        for i, j, features in alias_pairs(doc):
            samples.append(features)
            targets.append([bool(owners[i] & owners[j])])
            folds.append(number % FOLDS)
            places.append((number, i, j))
    if not any(target for (target,) in targets):
        return None
    wanted = np.array(targets)
    out_of_fold, model = _learnt(samples, wanted, folds, ALIAS_CLASSES)
    pairs: list[list[tuple[float, int, int]]] = [[] for _ in documents]
    for (number, i, j), score in zip(places, out_of_fold[:, 0].tolist(), strict=True):
        pairs[number].append((score, i, j))
    threshold = max(np.arange(0.2, 0.9, 0.02).tolist(), key=lambda t: _alias_f1(documents, pairs, t))
    for scored, (paper, doc, ids) in zip(pairs, documents, strict=True):
        reading(doc).entities = merge(reading(doc).entities, scored, threshold)
        ids[:] = _align(paper.record["entities"], reading(doc).entities)
    return replace(model, thresholds=np.array([threshold], np.float32))


def _alias_f1(documents: Documents, pairs: list[list[tuple[float, int, int]]], threshold: float) -> float:
    """F1 of pairs of forms in one entity, those left out that hold no gold form: later stages drop most of them."""
    right = said = wanted = 0
    for scored, (paper, doc, _) in zip(pairs, documents, strict=True):
        gold = {pair for e in paper.record["entities"] for pair in _form_pairs({fold_name(m) for m in e["mentions"]})}
        known = {fold_name(m) for e in paper.record["entities"] for m in e["mentions"]}
        groups = [{fold_name(s.text) for s in e.spans} for e in reading(doc).entities]
        clusters = linked(len(groups), scored, threshold)
        found = {pair for members in clusters for pair in _form_pairs(set().union(*(groups[i] for i in members)))}
        found = {pair for pair in found if known & set(pair)}
        right, said, wanted = right + len(gold & found), said + len(found), wanted + len(gold)
    return 2 * right / max(1, said + wanted)


def _form_pairs(forms: set[str]) -> set[tuple[str, str]]:
    return set(itertools.combinations(sorted(forms), 2))


def fit_roles(documents: Documents) -> Perceptron:
    """Fit the role classifier; keeps only the entities it finds valid, with out-of-fold roles and scores."""
    kinds = list(load_vocabulary().entities)
    classes = (*load_vocabulary().roles, *(IS + kind for kind in kinds))
    samples, targets, folds = [], [], []
    for number, (paper, doc, ids) in enumerate(documents):
        gold = {e["id"]: e for e in paper.record["entities"]}
        for entity, entity_id, features in zip(reading(doc).entities, ids, role_features(doc), strict=True):
            match = gold.get(entity_id or "")
            roles = match.get("roles", []) if match else []
            exact = match is not None and _shared({fold_name(m) for m in match["mentions"]}, entity) >= 1
            samples.append(features)
            targets.append(
                [role in roles for role in classes[: -len(kinds)]]
                + [exact and match is not None and match["type"] == k for k in kinds]
            )
            folds.append(number % FOLDS)
    wanted: npt.NDArray[np.bool_] = np.array(targets)
    out_of_fold, model = _learnt(samples, wanted, folds, classes)
    missed = _missed(documents)
    winners = _winners_only(out_of_fold, len(kinds))
    thresholds = np.zeros(len(classes))
    for group in (
        ["introduces"],
        [r for r in load_vocabulary().roles if r not in ("introduces", "mentions")],
        [IS + k for k in kinds],
    ):
        columns = [classes.index(name) for name in group]
        lost = sum(missed[name] for name in group)
        thresholds[columns] = _best_threshold(winners[:, columns].ravel(), wanted[:, columns].ravel(), lost)
    _set_roles(documents, out_of_fold, thresholds, classes)
    return replace(model, thresholds=thresholds.astype(np.float32))


def _winners_only(scores: Floats, kinds: int) -> Floats:
    """Scores with those of all types but the likeliest, which are the last columns, set to zero."""
    types = scores[:, -kinds:]
    return np.hstack([scores[:, :-kinds], np.where(types == types.max(axis=1, keepdims=True), types, 0.0)])


def _missed(documents: Documents) -> Counter[str]:
    """Per role and type, how many gold ones no predicted entity stands for: they count in recall."""
    missed: Counter[str] = Counter()
    for paper, _, ids in documents:
        for entity in paper.record["entities"]:
            if entity["id"] not in ids:
                missed.update([*entity.get("roles", []), IS + entity["type"]])
    return missed


def fit_relations(documents: Documents) -> Perceptron:
    """Fit the relation classifier on documents whose entities already have roles.

    One threshold for all types: the one that gives the best F1 of all together, out of fold.
    """
    classes = (NONE, *load_vocabulary().relations)
    samples, targets, folds, kinds = [], [], [], []
    stated = 0
    for number, (paper, doc, ids) in enumerate(documents):
        gold = {(r["source"], r["target"]): r["type"] for r in paper.record["relations"]}
        stated += len(gold)
        gold.update({(t, s): kind for (s, t), kind in list(gold.items()) if kind == "COMPARED_WITH"})
        entities = reading(doc).entities
        context = PairContext(doc, entities)
        for i, j in context.candidates():
            samples.append(context.features(i, j))
            targets.append(classes.index(gold.get((ids[i] or "", ids[j] or ""), NONE)))
            kinds.append((entities[i].type, entities[j].type))
            folds.append(number % FOLDS)
    wanted = np.array(targets, np.int64)
    out_of_fold, model = _learnt(samples, wanted, folds, classes)
    threshold = _relation_threshold(out_of_fold, wanted, classes, kinds, stated)
    return replace(model, thresholds=np.full(len(classes), threshold, np.float32))


def mention_confidence(documents: Documents) -> dict[str, float]:
    """Share of right mentions by type and state, from documents of `predicted_documents` before roles are fitted."""
    right: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for paper, doc, _ in documents:
        gold = {(fold_name(m), e["type"]) for e in paper.record["entities"] for m in e["mentions"]}
        for entity in reading(doc).entities:
            for span, state in zip(entity.spans, entity.states, strict=True):
                key = f"{entity.type} {state}"
                seen[key] += 1
                right[key] += (fold_name(span.text), entity.type) in gold
    return {key: round((right[key] + 2) / (seen[key] + 4), 4) for key in sorted(seen)}


def set_confidence(documents: Documents, confidence: dict[str, float]) -> None:
    """Give the documents' mentions the confidences that `mention_confidence` found."""
    for _, doc, _ in documents:
        for entity in reading(doc).entities:
            entity.scores = [confidence[f"{entity.type} {state}"] for state in entity.states]


def _learnt(
    samples: Sequence[Any], wanted: npt.NDArray[Any], folds: Sequence[int], classes: tuple[str, ...]
) -> tuple[Floats, Perceptron]:
    """Scores (S, C) of the samples by classifiers that have not seen their fold, and the classifier learnt from all."""
    features, fold = np.array(samples, np.float32), np.array(folds)
    scores = np.zeros((len(features), len(classes)))
    for k in np.unique(fold).tolist():
        scores[fold == k] = _fit(features[fold != k], wanted[fold != k], classes).scores(features[fold == k])
    return scores, _fit(features, wanted, classes)


def _fit(features: npt.NDArray[np.float32], wanted: npt.NDArray[Any], classes: tuple[str, ...]) -> Perceptron:
    """Networks that begin from different random weights. `wanted` is (S, C), each class by itself, or (S,), the number of the one class, for a
    softmax; a class that is all one answer in every sample gets that answer."""
    softmax, count, width = wanted.ndim == 1, len(classes), features.shape[1] if len(features) else 0
    bias = np.full((NETWORKS, count), -_ALWAYS)
    outer = np.zeros((NETWORKS, HIDDEN, count))
    inner, inner_bias = np.zeros((NETWORKS, width, HIDDEN)), np.zeros((NETWORKS, HIDDEN))
    centre, scale = np.zeros(width), np.ones(width)
    if len(features):
        spread = features.std(0)
        centre, scale = features.mean(0), np.where(spread > _LEAST_SPREAD, 1 / np.maximum(spread, _LEAST_SPREAD), 0.0)
        known = np.unique(wanted) if softmax else np.flatnonzero(wanted.any(0) & ~wanted.all(0))
        if softmax or not len(known):
            bias[:, known if softmax else []] = 0.0
        if not softmax:
            bias[:, wanted.all(0)] = _ALWAYS
        if len(known) > softmax:
            said = (
                np.searchsorted(known, wanted) if softmax else wanted[:, known].squeeze(1) if len(known) == 1 else wanted[:, known]
            )
            for n in range(NETWORKS):
                one = _network((features - centre) * scale, said, n)
                inner[n], inner_bias[n] = one.coefs_[0], one.intercepts_[0]
                if softmax and len(known) == 2:  # scikit-learn then gives the second class alone
                    known = known[1:]
                outer[n][:, known], bias[n, known] = one.coefs_[1], one.intercepts_[1]
    return Perceptron(
        classes=classes,
        centre=np.asarray(centre, np.float32),
        scale=np.asarray(scale, np.float32),
        inner=inner.transpose(1, 0, 2).reshape(width, NETWORKS * HIDDEN).astype(np.float32),
        inner_bias=inner_bias.ravel().astype(np.float32),
        outer=outer.astype(np.float32),
        outer_bias=bias.astype(np.float32),
        thresholds=np.full(count, 0.5, np.float32),
        softmax=softmax,
    )


def _network(features: Floats, wanted: npt.NDArray[Any], seed: int) -> MLPClassifier:
    """One network, after as many rounds as many samples need, or so many steps with few."""
    batch = min(_BATCH, len(features))
    rounds = min(_MOST_ROUNDS, max(_ROUNDS, _STEPS * batch // len(features)))
    network = MLPClassifier(
        (HIDDEN,),
        alpha=_DECAY,
        learning_rate_init=_RATE,
        batch_size=batch,
        max_iter=rounds,
        n_iter_no_change=rounds,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # it ends after these rounds
        return network.fit(features, wanted)


def _best_threshold(scores: Floats, wanted: npt.NDArray[np.bool_], missed: int = 0) -> float:
    """The score from which saying the class gives the best F1, with `missed` more to find that are no samples."""

    def f1(threshold: float) -> float:
        said = scores >= threshold
        return float(2 * (said & wanted).sum() / max(1, said.sum() + wanted.sum() + missed))

    return max(np.arange(0.1, 0.9, 0.02), key=f1)


def _relation_threshold(
    scores: Floats, wanted: npt.NDArray[np.int64], classes: tuple[str, ...], kinds: list[tuple[str, str]], stated: int
) -> float:
    """`stated` counts the gold relations, those included whose entities were not found."""
    if not len(wanted):
        return 0.5
    allows = load_vocabulary().allows
    masks = {pair: np.array([c != NONE and allows(c, *pair) for c in classes]) for pair in set(kinds)}
    masked = np.where(np.stack([masks[pair] for pair in kinds]), scores, 0.0)
    best = masked.argmax(axis=1)
    right = (best == wanted) & (wanted > 0)
    return _best_threshold(masked.max(axis=1), right, max(0, stated - int(right.sum())))


def _set_roles(documents: Documents, scores: Floats, thresholds: Floats, classes: tuple[str, ...]) -> None:
    """Settle types and roles as `RoleClassifier` does; entities that are dropped leave the documents."""
    rows, least = iter(scores.tolist()), thresholds.tolist()
    for _, doc, ids in documents:
        entities, kept = reading(doc).entities, []
        for entity, entity_id in zip(entities, list(ids), strict=True):
            row = next(rows)
            if settle(entity, classes, row, least):
                entity.roles = [Role(classes[c], row[c]) for c in said_roles(classes, row, least)]
                kept.append((entity, entity_id))
        reading(doc).entities = [entity for entity, _ in kept]
        ids[:] = [entity_id for _, entity_id in kept]
