"""Speaks Ollama's own protocol, which tells of models in memory too."""
