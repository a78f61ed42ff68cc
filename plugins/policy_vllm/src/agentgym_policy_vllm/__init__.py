"""The policy `vllm`: a causal language model through vLLM's asynchronous engine."""
