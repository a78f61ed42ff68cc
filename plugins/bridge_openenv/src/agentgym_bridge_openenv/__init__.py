"""Bridge: any OpenEnv server as an environment."""
