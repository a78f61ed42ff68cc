"""A person at the terminal plays: the command `play` and the policy `human`."""
