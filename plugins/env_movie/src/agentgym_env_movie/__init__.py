"""Questions about films and film people. See the README."""
