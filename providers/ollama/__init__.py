"""What Ollama servers can be told beside chatting.

administration.py   what is in their memory, letting go of it, downloading
pulls.py            downloads that run to their end whoever looks on
"""
