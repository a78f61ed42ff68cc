"""ALFWorld for AgentGym SDK."""
