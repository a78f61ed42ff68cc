"""What a user may set."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_env_bird.limits import Limits


class BirdConfig(ComponentConfig):
    """Which data, what the agent is shown, how it answers, and what a query may cost."""

    data: Path | None = None
    """A folder with the official BIRD files (`train/` and `dev/`, or one of them), in place of the package's own databases."""

    evidence: bool = False
    """Show the hint that comes with a question."""

    samples: int = Field(default=0, ge=0, le=10)
    """Show so many values of each column."""

    interactive: bool = False
    """Several turns: look at tables and try queries, then answer. Otherwise the one reply is the answer."""

    rounds: int = Field(default=10, ge=2, le=100)
    """The limit on turns where `interactive`."""

    show_rows: int = Field(default=10, ge=1, le=1000)
    """So many rows of a result are shown."""

    instructions: int | None = Field(default=None, ge=10_000)
    """How many instructions of SQLite's virtual machine a query may take, counted in steps of 10,000; by default 20 million on the
    package's databases and 2 billion on official ones. The same query stops at the same place on any machine."""

    seconds: float = Field(default=30.0, gt=0, le=3600)
    """How long a query may take. One that takes longer is ended with the process that it runs in: the episode has a fault, and no score."""

    rows: int = Field(default=100_000, ge=1)
    """How many rows a result may have."""

    megabytes: int = Field(default=64, ge=1)
    """How large a result may be."""

    memory: int = Field(default=512, ge=0)
    """Megabytes that SQLite may hold for a query; 0 sets no limit. Each process that queries run in may have about a gigabyte more."""

    @property
    def limits(self) -> Limits:
        """The limits of one query."""
        official = self.data is not None
        instructions = self.instructions or (2_000_000_000 if official else 20_000_000)
        heap, size = self.memory << 20, self.megabytes << 20
        return Limits(
            instructions=instructions,
            seconds=self.seconds,
            rows=self.rows,
            bytes=size,
            value=200_000 if official else 20_000,
            heap=heap,
            # A result may be held a few times over while it is measured; the rest is Python's.
            space=heap + 8 * size + (1 << 30) if heap else 0,
            clock=official,
        )
