"""The Wordle environment of AgentGym SDK."""
