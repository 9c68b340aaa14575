"""Servers, models and what belongs to people, in the admin.

pages.py    the lists and forms, and what can be done from them
forms.py    what the forms take and refuse
health.py   how servers do, in words
learned.py  what was learned of models, to look at and to forget
"""

from . import learned, pages

__all__ = ["learned", "pages"]
