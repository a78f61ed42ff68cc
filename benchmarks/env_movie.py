"""Steps a second of the films in process, and a thousand of its episodes at once.

Recorded expert actions, resets included, on one core, in processor time. Run: python benchmarks/env_movie.py
"""

from __future__ import annotations

from collections.abc import Iterator

from _figures import Figure, main
from _tools import tool_figures


def figures() -> Iterator[Figure]:
    """What starting costs, steps a second, and memory."""
    return tool_figures("movie", 8_000.0, 50.0)


if __name__ == "__main__":
    main("env_movie", figures, __doc__)
