"""AgentGym SDK on a Ray cluster: environments, policies and learning beyond one machine."""
