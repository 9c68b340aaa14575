"""`/api/models` and what belongs to it.

api.py        servers and their models
answers.py    the shapes of what is answered
common.py     who asks, and refusals in words
ollama.py, personas.py, costs.py, spending.py   one part each
"""
