"""`/api/models` and what belongs to it, and `/api/servers`, where administrators keep them.

api.py        servers and their models
schemas.py    the shapes of what is answered
common.py     who asks, and refusals in words
ollama.py     what Ollama has in memory, and downloads
personas.py   personas
costs.py      estimates, limits and suggestions for a draft
spending.py   what was spent
servers/      what administrators see and change
"""
