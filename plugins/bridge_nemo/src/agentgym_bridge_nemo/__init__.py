"""Bridge: environments for NeMo Gym."""
