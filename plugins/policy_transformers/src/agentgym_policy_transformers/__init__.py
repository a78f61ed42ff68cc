"""A policy that runs language models with transformers, and the commands that go with it."""
