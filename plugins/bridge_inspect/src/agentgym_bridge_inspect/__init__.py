"""Bridge: every environment as a task of inspect_ai."""
