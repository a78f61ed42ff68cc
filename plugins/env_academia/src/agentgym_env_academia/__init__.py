"""Questions about papers and authors, answered with typed tools."""
