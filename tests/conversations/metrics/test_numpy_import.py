"""What the first figures of a process wait for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.environment import own_environment
from tests.services.processes import ROOT

ASKED = """
import sys, threading, time
from datetime import UTC, datetime
import django
django.setup()
from django.db import connection
from conversations.metrics.figures import Span, figures_of
from conversations.metrics.leaderboard import make_leaderboard

class Asked(Exception):
    pass

def ask(*_anything):
    end = time.monotonic() + 60
    while "numpy" not in sys.modules and time.monotonic() < end:
        time.sleep(0.01)
    raise Asked("numpy" in sys.modules)

assert "numpy" not in sys.modules
with connection.execute_wrapper(ask):
    try:
        {call}
    except Asked as asked:
        print(asked)
"""
SPAN = "figures_of(Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC), 'ada'))"


@pytest.mark.parametrize("call", [SPAN, "make_leaderboard('ada')"])
def test_numpy_is_imported_while_the_database_is_asked(tmp_path: Path, call: str) -> None:
    env = {**os.environ, **own_environment(tmp_path), "DJANGO_SETTINGS_MODULE": "chatbot_project.settings"}
    command = [sys.executable, "-c", ASKED.format(call=call)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_masked_arrays_which_take_as_long_as_a_query_are_not_imported(tmp_path: Path) -> None:
    code = (
        "import sys, numpy as np; from datetime import UTC\n"
        "import django; django.setup()\n"
        "from conversations.metrics.grouping import days_of\n"
        "days, place = days_of(np.array([0, 86_400_000, 5]), UTC)\n"
        "print([days[one].isoformat() for one in place], 'numpy.ma' in sys.modules)"
    )
    env = {**os.environ, **own_environment(tmp_path), "DJANGO_SETTINGS_MODULE": "chatbot_project.settings"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "['1970-01-01', '1970-01-02', '1970-01-01'] False\n"
