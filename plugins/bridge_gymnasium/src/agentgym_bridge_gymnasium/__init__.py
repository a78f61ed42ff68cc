"""Bridge: environments as Gymnasium environments, and theirs as ours."""
