"""Bridge: environments as folders of tasks for Harbor."""
