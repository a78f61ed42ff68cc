"""Group-relative policy optimisation as a plugin."""
