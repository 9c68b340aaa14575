"""An OpenAI-compatible door to every configured model: chat completions, embeddings and the list of models.

Nothing that passes here becomes a conversation.

answers.py     from our stream to OpenAI's answers, streamed or whole
embeddings.py  Vectors in OpenAI's form, from any configured model that makes them
errors.py      errors as OpenAI gives them, which its clients turn into their own exceptions
requests.py    from OpenAI's chat request to ours
schemas.py     what `/v1` answers with, for its OpenAPI document
views.py       the addresses: chat completions, embeddings, models
"""
