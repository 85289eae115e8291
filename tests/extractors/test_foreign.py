"""Pipelines that others made: by folder, by package, by entry point."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import spacy

from extractors import pipeline
from extractors.pipeline import find_model, load_pipeline
from kg.model.errors import UnknownName

TEXT = "Zorb Network for parsing\nWe present Zorb Network (ZN), made by Acme. ZN is tested on Treebank Three and reaches 91.5 % accuracy."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pipeline that knows nothing of ours."""
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns([  # type: ignore[attr-defined]
        {"label": "MODEL", "pattern": "Zorb Network"}, {"label": "CORPUS", "pattern": "Treebank Three"}, {"label": "ORG", "pattern": "Acme"},
        {"label": "metric", "pattern": "accuracy"},
    ])  # fmt: skip
    nlp.meta["paperkg_labels"] = {"CORPUS": "Dataset"}
    nlp.to_disk(tmp_path / "theirs")
    return tmp_path / "theirs"


def test_their_entities_become_records(folder: Path, run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    title, abstract = TEXT.split("\n")
    (tmp_path / "p.jsonl").write_text(json.dumps({"id": "a", "title": title, "abstract": abstract}) + "\n")
    code, out, _ = run("extract", tmp_path / "p.jsonl", "--model", folder)
    record = json.loads(out)
    assert code == 0
    found = {(e["name"], e["type"]) for e in record["entities"]}
    assert found >= {("ZN", "Model"), ("Treebank Three", "Dataset"), ("accuracy", "Metric")}
    assert not any("Acme" in name for name, _ in found)
    assert next(e for e in record["entities"] if e["name"] == "ZN")["mentions"] == ["Zorb Network", "ZN"]
    assert {r for e in record["entities"] for r in e["roles"]} == {"mentions"}
    assert [r["value"] for r in record["results"]] == ["91.5"]


def test_their_sentences_are_kept(folder: Path) -> None:
    nlp = spacy.load(folder)
    nlp.add_pipe("sentencizer", first=True)
    nlp.to_disk(folder)
    assert "kg_sentences" not in load_pipeline(str(folder)).pipe_names


def test_an_installed_package_is_found_by_name(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "en_theirs_sm"
    package.mkdir()
    (package / "__init__.py").write_text("")
    folder.rename(package / "en_theirs_sm-1.0.0")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert find_model("en_theirs_sm") == package / "en_theirs_sm-1.0.0"
    assert load_pipeline("en_theirs_sm").pipe_names[0] == "entity_ruler"
    sys.modules.pop("en_theirs_sm", None)


def test_an_entry_point_names_a_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = EntryPoint("theirs", "test_foreign_entry:folder", "paperkg.pipelines")
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda: folder)
    monkeypatch.setattr(pipeline.importlib.metadata, "entry_points", lambda group: [entry] if group == "paperkg.pipelines" else [])
    assert find_model("theirs") == folder
    with pytest.raises(UnknownName, match="no model named 'others'"):
        find_model("others")
