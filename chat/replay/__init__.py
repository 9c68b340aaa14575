"""A conversation's questions asked again, of the same or other models, in a new conversation.

plan.py       which questions, of which lanes, and what that would cost
run.py        the new conversation, and the asking, turn by turn
compare.py    the answers then and now
"""
