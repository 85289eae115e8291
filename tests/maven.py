"""Java programs that tests run: their jars, fetched once by Maven into a folder outside the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>paperkg</groupId><artifactId>server</artifactId><version>1</version><dependencies>{}</dependencies></project>
"""
_NEED = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "paperkg-tests"


def jars(name: str) -> Path:
    """The folder of a program's jars, such as `neo4j-5.26.30`."""
    return _CACHE / name


def missing(name: str, main_jar: str, artifacts: Sequence[tuple[str, str, str]]) -> str:
    """Why a program cannot be run; empty if it can. Jars that are not there are fetched; `main_jar` is a pattern of one of them."""
    folder = jars(name)
    if shutil.which("java") is None:
        return f"{name} needs Java 17 or 21, which is not here"
    if any(folder.glob(main_jar)):
        return ""
    if shutil.which("mvn") is None:
        return f"the jars of {name} are not in {folder}, and there is no Maven to fetch them"
    made = folder.with_name(f"{folder.name}.next")
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    (made / "pom.xml").write_text(_POM.format("".join(_NEED.format(*artifact) for artifact in artifacts)))
    goal = ["dependency:copy-dependencies", "-DoutputDirectory=.", "-DincludeScope=runtime"]
    done = subprocess.run(["mvn", "-q", "-B", *goal], cwd=made, capture_output=True, text=True, timeout=600)
    if done.returncode:
        return f"Maven could not fetch the jars of {name}: {done.stdout[-500:]}"
    made.rename(folder)
    return ""
