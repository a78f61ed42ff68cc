"""Our environments as others know them, and others' as ours. Each face keeps its own convention of reward."""
