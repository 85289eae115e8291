"""The number of this release, for those who must not import the package's front door."""

from __future__ import annotations

RELEASE = "0.1.0"
