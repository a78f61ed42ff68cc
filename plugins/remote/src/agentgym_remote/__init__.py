"""Environments of servers: the client, and the placement for their addresses."""
