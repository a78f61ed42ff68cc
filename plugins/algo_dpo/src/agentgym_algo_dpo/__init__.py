"""Direct preference optimisation as a plugin."""
