"""The Model Context Protocol over HTTP, as a dialect of the server."""
