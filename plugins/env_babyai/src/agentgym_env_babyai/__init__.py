"""The BabyAI environment of AgentGym SDK."""
