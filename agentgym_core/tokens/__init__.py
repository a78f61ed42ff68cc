"""Trajectories to training rows."""
