"""The maze environment of AgentGym SDK."""
