"""What the shipped models' folders may hold."""

from __future__ import annotations

import json

import pytest

from extractors.pipeline import MODELS, find_model
from kg.model.vocabulary import load_vocabulary


@pytest.mark.parametrize("name", ["accurate", "fast"])
def test_no_words_of_the_training_texts(name: str) -> None:
    strings = json.loads((find_model(name) / "vocab" / "strings.json").read_text(encoding="utf-8"))
    assert set(strings) <= set(load_vocabulary().entities)


def test_all_models_together_stay_under_40_mb() -> None:
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) < 40_000_000
