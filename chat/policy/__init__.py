"""Who may do what, how often and for how much: access, rate limits, spending, and what is asked twice.

access.py       the only way to a conversation
idempotency.py  conversations that a client begins with a message of its own id
model_refs.py   the models that a command names
quotas.py       what one user may keep
rate_limits.py  how many requests a minute a user may make
running.py      how many answers one user may have running, or waiting in line
spending.py     what a person may still spend, and what has been spent
"""
