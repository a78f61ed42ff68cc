"""The README's example prints what the README says."""

from __future__ import annotations

from pathlib import Path

from agentgym_testing import ReadmeConformance


class TestReadme(ReadmeConformance):
    readme = Path(__file__).resolve().parents[1] / "README.md"
