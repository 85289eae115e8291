"""The built wheel, installed into a clean environment away from the checkout, does the main job."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def call(*command: object, cwd: Path) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True, check=False, env=clean)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_demo_works_from_the_wheel(tmp_path: Path) -> None:
    call(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("paperkg-*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for part in (
        "kg/data/schema/vocabulary.toml",
        "kg/data/queries/lineage.rq",
        "kg/samples/papers.jsonl",
        "extractors/models/fast/meta.json",
        "extractors/models/accurate/kg_reader/encoder.onnx",
        "extractors/training/train.py",
    ):
        assert part in names
    assert not [n for n in names if n.startswith("tests/")]
    assert wheel.stat().st_size < 40_000_000
    venv.create(tmp_path / "venv", with_pip=True)
    python = tmp_path / "venv" / "bin" / "python"
    call(python, "-m", "pip", "install", "-q", wheel, cwd=tmp_path)
    out = call(tmp_path / "venv" / "bin" / "kg", "demo", cwd=tmp_path)
    assert "Built demo.kg from 27 abstracts" in out
    assert (tmp_path / "graph.html").is_file()
    where = call(python, "-c", "import kg, extractors; print(kg.__file__, extractors.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where
