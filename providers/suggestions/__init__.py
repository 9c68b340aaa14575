"""Which model may suit a draft better, and why; and which answers it, where a person leaves that to Auto.

rules.py         the rules, to be read
experience.py    what a user has seen of each model
auto.py          the choice of a model for a question, pure
model_choice.py  the same of what is there for a person now
"""
