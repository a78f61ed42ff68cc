"""The dialect of AgentGym's original servers, spoken and understood."""
