"""Runs tracked in TensorBoard."""
