"""What a Divan of one process, on files and SQLite, never loads."""

import subprocess
import sys
from pathlib import Path

from tests.services.environment import own_environment
from tests.services.processes import ROOT

NEVER = ("psycopg", "redis", "obstore", "channels_redis", "chat.engine.peers.redis_broadcast")
NEVER_OURS = ("conversations.postgresql", "conversations.temporary")
LOADED = f"""
import sys
import chatbot_project.asgi
from chat.engine import current_engine
from conversations.store.choice import current_homes
from core.originals.choice import *
current_homes()
names = [name for name in sys.modules if name.partition(".")[0] in {NEVER} or name in {NEVER}]
print(*sorted(names + [name for name in sys.modules if name.startswith({NEVER_OURS})]))
"""


def test_with_files_and_one_process_nothing_of_postgresql_redis_or_s3_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=ROOT,
        env={
            "PATH": "/usr/bin:/bin",
            "DJANGO_SETTINGS_MODULE": "chatbot_project.settings",
            **own_environment(tmp_path),
            "REDIS_URL": "",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.strip() == ""
