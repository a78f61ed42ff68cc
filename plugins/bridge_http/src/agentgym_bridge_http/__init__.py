"""The paper's HTTP endpoints, as a dialect of the server."""
