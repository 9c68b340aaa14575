"""A backup holds keys to the house as it was; a restore lets nobody in who was locked out since."""

from pathlib import Path

from tests.services.server import environment, run_manage

MAKE = """
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from chat.models import Share
from chatbot_project.models import ApiToken
ann = User.objects.create_user("ann")
ApiToken.make(ann)
ApiToken.objects.update(hint="kept")
ApiToken.make(ann)
ApiToken.objects.exclude(hint="kept").update(hint="revoked")
for hint in ("kept", "revoked"):
    Share.objects.create(conversation="c", owner=str(ann.owner.pk), digest=hint, hint=hint, head="a1")
SessionStore().create()
"""
REVOKE = """
from chat.models import Share
from chatbot_project.models import ApiToken
ApiToken.objects.get(hint="revoked").delete()
Share.objects.get(hint="revoked").delete()
"""
SAY = """
from django.contrib.sessions.models import Session
from chat.models import Share
from chatbot_project.models import ApiToken
names = [*ApiToken.objects.values_list("hint", flat=True), *Share.objects.values_list("hint", flat=True)]
print(names, Session.objects.count())
"""


def manage(env: dict[str, str], *words: str) -> str:
    return run_manage(words, env).strip().splitlines()[-1]


def test_a_restore_brings_back_no_session_and_nothing_that_was_revoked(tmp_path: Path) -> None:
    here, elsewhere = environment(tmp_path / "here", {}), environment(tmp_path / "elsewhere", {})
    (tmp_path / "here").mkdir()
    archive = str(tmp_path / "backup.zip")
    run_manage(("migrate", "--verbosity", "0"), here)
    run_manage(("shell", "-c", MAKE), here)
    run_manage(("backup", archive), here)
    run_manage(("shell", "-c", REVOKE), here)
    run_manage(("restore", archive), here)
    assert manage(here, "shell", "-c", SAY) == "['kept', 'kept'] 0"
    # Nor do the files of people, which a new database is filled from.
    run_manage(("reindex_chats",), here)
    assert manage(here, "shell", "-c", SAY) == "['kept', 'kept'] 0"
    run_manage(("restore", archive), elsewhere)
    run_manage(("reindex_chats",), elsewhere)
    assert manage(elsewhere, "shell", "-c", SAY) == "[] 0"
