"""Logging in by name and password: how often it may be tried, and how many passwords are hashed at once.

addresses.py  from where a request comes, behind a proxy too
attempts.py   how long somebody waits before they may try a name and a password again
backend.py    the one way from a name and a password to a user, whichever page or address asks
failures.py   where failed logins are kept
hashers.py    password hashes that a small machine can afford
views.py      the page on which people log in
"""
