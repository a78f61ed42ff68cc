"""What a query may cost, and what it may call."""

from __future__ import annotations

import msgspec

TICK = 10_000
"""Instructions between two looks at the limit: fewer would slow queries down, more would stop them late."""

SQL_LENGTH = 20_000


class Limits(msgspec.Struct, frozen=True):
    """Limits of one query.

    `instructions` are those of SQLite's virtual machine. `value` is the length of the longest value in bytes, `bytes` about what a
    result takes in Python, `heap` what SQLite may hold (0: no limit). `clock` tells whether a query may ask for the present time.
    These decide what a query gives. `seconds` and `space`, the bytes of address space of a worker (0: no limit), do not: they end
    the worker, and the episode has a fault.
    """

    instructions: int
    seconds: float
    rows: int
    bytes: int
    value: int
    heap: int
    space: int
    clock: bool = False

    @property
    def ticks(self) -> int:
        """The limit on instructions in ticks."""
        return max(1, self.instructions // TICK)

    @property
    def generous(self) -> Limits:
        """For reference queries, which are trusted to end."""
        return msgspec.structs.replace(
            self,
            instructions=20 * self.instructions,
            seconds=20 * self.seconds,
            rows=20 * self.rows,
            bytes=4 * self.bytes,
        )


FUNCTIONS = frozenset(
    """
    -> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling char coalesce concat concat_ws cos cosh count cume_dist
    date datetime degrees dense_rank exp first_value floor format glob group_concat hex ifnull iif instr json json_array
    json_array_length json_extract json_group_array json_group_object json_insert json_object json_quote json_remove json_replace
    json_set json_type json_valid julianday lag last_value lead length like likelihood likely ln log log10 log2 lower ltrim max
    median min mod nth_value ntile nullif octet_length percent_rank percentile percentile_cont percentile_disc pi pow power printf
    quote radians rank replace round row_number rtrim sign sin sinh sqrt strftime string_agg substr substring sum tan tanh time
    timediff total trim trunc typeof unhex unicode unixepoch unlikely upper zeroblob
    """.split()  # noqa: SIM905 - a list would be a hundred lines
)
"""The functions that a query may call: none of them reads or writes a file, and none is drawn by chance."""

CLOCK = frozenset({"current_date", "current_time", "current_timestamp"})
"""Functions that do nothing but tell the present time."""
