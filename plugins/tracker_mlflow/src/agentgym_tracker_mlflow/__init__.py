"""Runs tracked in MLflow."""
