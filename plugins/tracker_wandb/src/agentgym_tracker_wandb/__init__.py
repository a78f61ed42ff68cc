"""Runs tracked in Weights & Biases."""
