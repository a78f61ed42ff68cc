"""Text to SQL on SQLite, for AgentGym SDK."""
