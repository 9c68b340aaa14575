"""Tools that models may call while they answer.

base.py      what a tool is, and what a call gives
"""
