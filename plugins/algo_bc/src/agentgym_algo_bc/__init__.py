"""Behavioural cloning as a plugin."""
