"""A web shop for AgentGym SDK: search, compare, choose options and buy what an instruction asks for."""
