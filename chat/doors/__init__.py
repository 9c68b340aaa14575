"""The ways in beside the socket: REST, server-sent events, OpenAI's form, shared links and the page itself.

They parse, ask `actions`, and put what comes back into their own shape.
"""
