"""Draws the rows of the databases that agentgym-env-bird ships: `PYTHONPATH=scripts python -m bird_databases`."""
