"""What other apps may want to know of. Receivers that fail are logged and change nothing here, but for
`attachments_wanted`: without its answer nothing is removed."""

from django.dispatch import Signal

purged = Signal()
"""`conversation`: the id of one that is gone for ever."""
restored = Signal()
"""A backup was put back."""
attachments_wanted = Signal()
"""Asks for the set of hashes that must stay although no conversation names them."""
attachments_owned = Signal()
"""Asks for the set of hashes that the `owner` uploaded, or that a conversation of theirs names."""
attachments_removed = Signal()
"""`hashes`: of attachments that are gone for ever."""
