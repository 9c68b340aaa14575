"""The ground floor: what every app may import. It imports none of them.

models.py     whose things are: an id for each person, which never comes back
owners.py     what such an id is; knows no database until a file names an owner in another way
accounts.py   the accounts behind owners
"""
