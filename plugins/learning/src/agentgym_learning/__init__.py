"""From training rows to weights: what learners share, whatever their objective."""

from __future__ import annotations
