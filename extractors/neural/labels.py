"""The label set that a reader's heads speak of: the project's vocabulary, or that of other annotations."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from kg.model.vocabulary import load_vocabulary

FILE = "labels.json"  # beside the reader's weights; missing where the labels are the vocabulary's


@dataclass(frozen=True)
class Labels:
    """Names in the order of the heads' classes; `titled`: texts begin with a title."""

    entities: tuple[str, ...]
    roles: tuple[str, ...]
    relations: tuple[str, ...]
    titled: bool = True

    @staticmethod
    def of_vocabulary() -> Labels:
        """The project's own."""
        vocabulary = load_vocabulary()
        return Labels(tuple(vocabulary.entities), tuple(vocabulary.roles), tuple(vocabulary.relations))

    @staticmethod
    def load(folder: Path) -> Labels:
        """Those of a reader's folder."""
        if not (folder / FILE).is_file():
            return Labels.of_vocabulary()
        saved = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return Labels(tuple(saved["entities"]), tuple(saved["roles"]), tuple(saved["relations"]), saved["titled"])

    def save(self, folder: Path) -> None:
        """Write them to a reader's folder, unless they are the project's own."""
        if self != Labels.of_vocabulary():
            (folder / FILE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")
