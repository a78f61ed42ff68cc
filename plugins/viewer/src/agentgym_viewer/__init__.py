"""The pages that people look at: reports, comparisons, replays."""
