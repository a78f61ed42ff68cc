"""Rewards that come with core."""
