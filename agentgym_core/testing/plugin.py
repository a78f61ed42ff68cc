"""The pytest side of the conformance kit. Loaded in every pytest run, so it imports nothing at the top."""

from __future__ import annotations
