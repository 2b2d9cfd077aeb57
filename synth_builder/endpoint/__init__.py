"""Endpoints: the servers that write, reached through huggingface_hub's client."""
