"""An OpenAI-compatible door to every configured model: chat completions, embeddings and the list of models.

Nothing that passes here becomes a conversation.
"""
