"""Anthropic's `/v1/messages`: the worked example of docs/adding-a-provider.md."""
