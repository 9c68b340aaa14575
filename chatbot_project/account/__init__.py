"""What a person does about their own account over REST, and how an administrator deletes one.

browsers.py   which browser and system a `User-Agent` names, in words
deletion.py   an administrator deletes an account
passwords.py  a person changes their own password
rest.py       the addresses below `/api/account`
sessions.py   the sessions of a person, and how one ends
"""
