"""The project's settings for tests: an own data folder, and no key or server of the person who runs them."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from chatbot_project import env_file
from tests.services.environment import own_environment

_folder = Path(tempfile.mkdtemp(prefix="divan-tests-"))
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ.update(own_environment(_folder))
env_file.load_env_file = lambda path: None

from chatbot_project.settings import *  # noqa: E402, F403
from chatbot_project.settings import DATABASES  # noqa: E402

# A file, as in production: SQLite's shared in-memory database locks whole tables between threads.
DATABASES["default"]["TEST"] = {"NAME": str(_folder / "test.sqlite3")}
