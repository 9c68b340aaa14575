"""An account is deleted: whoever has it is locked out, and what they have becomes what was chosen."""

from django.contrib.auth import get_user_model

from chat.actions import imports
from chat.people.disposal import DisposalReport, Fate, dispose_of_data
from conversations.index.indexing import reindex_all
from core.accounts import user_of
from core.owners import LOCAL


def delete_account(owner: str, fate: Fate, heir: str) -> DisposalReport:
    """Blocks. `owner`: an id, also of one whose account is gone, a name that older files say, or `local`;
    `heir`: an id, where it is handed over. Sessions, tokens, links, sockets and streams end."""
    # What was put into the folder by hand is theirs too.
    reindex_all(changed_only=True)
    account = user_of(owner) if owner != LOCAL else None
    if account is not None:
        # Locked out first, so that nothing is added meanwhile.
        get_user_model()._default_manager.filter(pk=account.pk).update(is_active=False)
        account.delete()
    imports.forget_uploads(owner)
    return dispose_of_data(owner, fate, heir)
