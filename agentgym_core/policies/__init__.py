"""Policies that come with core."""
