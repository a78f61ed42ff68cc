"""ScienceWorld as an environment of AgentGym SDK."""
