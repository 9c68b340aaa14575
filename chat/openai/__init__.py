"""An OpenAI-compatible door to every configured model: `/v1/chat/completions` and `/v1/models`.

Nothing that passes here becomes a conversation.
"""
