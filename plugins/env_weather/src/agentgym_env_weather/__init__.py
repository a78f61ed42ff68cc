"""Questions about the weather, answered with typed tools."""
