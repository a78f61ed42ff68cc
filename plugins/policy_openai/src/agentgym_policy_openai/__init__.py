"""Policy: any OpenAI-compatible endpoint."""
