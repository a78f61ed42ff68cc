"""Web tasks in a real browser for AgentGym SDK: on sites of our own, or on WebArena's."""
