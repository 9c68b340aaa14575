"""Which model may suit a draft better, and why.

rules.py        the rules, to be read
experience.py   what a user has seen of each model
"""
