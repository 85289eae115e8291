"""The README keeps its word: its commands exist, its options are real, its questions are the saved ones."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import kg
from kg import catalog
from kg.model.vocabulary import load_vocabulary

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
Run = Callable[..., tuple[int, str, str]]


def test_there_are_two_commands_of_one_line() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README, re.DOTALL)
    assert [c.count("\n") for c in commands] == [0, 0]
    assert "kg demo" in commands[0]
    assert "pytest" in commands[1]


def test_every_command_line_of_the_readme_parses(run: Run) -> None:
    console = re.search(r"```console\n(.*?)```", README, re.DOTALL)
    assert console
    lines = [line[2:] for line in console.group(1).splitlines() if line.startswith("$ kg ")]
    assert len(lines) >= 12
    for line in lines:
        _, command, *words = shlex.split(line, comments=True)
        known = run(command, "--help")[1]
        assert all(word in known for word in words if word.startswith("-")), line


def test_options_named_in_the_readme_exist(run: Run) -> None:
    helps = "".join(
        run(command, "--help")[1]
        for command in (
            "build",
            "query",
            "visualize",
            "evaluate",
            "export",
            "extract",
            "train",
            "load",
            "serve",
            "validate",
            "link",
            "convert",
            "fetch",
        )
    )
    for option in set(re.findall(r"`(--[a-z-]+)", README)):
        assert option in helps, option


def test_the_table_of_questions_is_complete() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \| .*\|$", README.split("### Saved questions")[1].split("##")[0], re.MULTILINE))
    assert sorted(rows) == catalog.saved_names()
    for name, cell in rows.items():
        needs = [p.name if p.default is None else f"[{p.name}]" for p in catalog.saved_query(name).parameters]
        assert re.findall(r"`(.*?)`", cell) == needs


def test_types_and_edges_named_in_the_readme_are_the_vocabulary() -> None:
    vocabulary = load_vocabulary()
    for name in (*vocabulary.entities, *vocabulary.relations, *(p.edge for p in vocabulary.roles.values())):
        assert re.search(rf"\b{name}\b", README), name


def test_python_names_of_the_readme_exist() -> None:
    for name in set(re.findall(r"\bkg\.(\w+)\(", README)):
        assert callable(getattr(kg, name))
    for name in set(re.findall(r"\bgraph\.(\w+)\(", README)):
        assert callable(getattr(kg.Graph, name))


def test_versions_agree() -> None:
    assert f'version = "{kg.__version__}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
