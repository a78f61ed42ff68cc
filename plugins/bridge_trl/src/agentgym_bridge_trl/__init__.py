"""Bridge: environments for TRL's trainers."""
