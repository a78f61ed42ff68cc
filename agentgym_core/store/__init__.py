"""A run on disk, and the formats at the border."""
