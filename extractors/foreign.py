"""Pipelines of third parties: any spaCy pipeline that finds entities, with the project's further stages behind it."""

from __future__ import annotations

from spacy.language import Language
from spacy.tokens import Doc, Span

from kg.model.vocabulary import load_vocabulary

SETTING = "paperkg_labels"  # in the pipeline's meta.json: its labels → our types
_SPLITTERS = {"parser", "senter", "sentencizer"}


class Labels:
    """Keeps the entities whose labels name one of our types, in any case, and those that `labels` maps to one."""

    def __init__(self, labels: dict[str, str]) -> None:
        known = {name.casefold(): name for name in load_vocabulary().entities}
        self._types = {**known, **{label.casefold(): kind for label, kind in labels.items()}}

    def __call__(self, doc: Doc) -> Doc:
        """Rename and drop the entities of a document."""
        pairs = [(span, self._types.get(span.label_.casefold())) for span in doc.ents]
        doc.ents = [Span(doc, span.start, span.end, label=kind) for span, kind in pairs if kind]
        return doc


@Language.factory("kg_labels", default_config={"labels": {}}, requires=["doc.ents"], assigns=["doc.ents"])
def make_labels(nlp: Language, name: str, labels: dict[str, str]) -> Labels:
    """Factory of the component that takes over a third party's entities."""
    return Labels(labels)


def complete_foreign(nlp: Language, stages: tuple[str, ...]) -> Language:
    """Put `stages` behind a pipeline that lacks them: sentences only where it does not split them itself, and no
    reader of ours. Those stages that learn stay without a model: all roles are then `mentions`."""
    own = set(nlp.pipe_names)
    nlp.add_pipe("kg_labels", config={"labels": dict(nlp.meta.get(SETTING, {}))})
    for stage in stages:
        if stage != "kg_reader" and not (stage == "kg_sentences" and own & _SPLITTERS):
            nlp.add_pipe(stage, config={"candidates": False} if stage == "kg_mentions" else {})
    return nlp
