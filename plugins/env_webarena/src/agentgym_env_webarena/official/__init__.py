"""WebArena's own tasks, against its own sites: addresses, accounts and evaluators."""
