"""Tools that models may call while they answer.

base.py      what a tool is, and what a call gives
finding.py   `find_tool`, for tools whose definitions do not fit
"""
