"""AgentEvol as a plugin."""
