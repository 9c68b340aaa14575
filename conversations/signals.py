"""What other apps may want to know of. Receivers that fail are logged and change nothing here."""

from django.dispatch import Signal

purged = Signal()
"""`conversation`: the id of one that is gone for ever."""
restored = Signal()
"""A backup was put back."""
