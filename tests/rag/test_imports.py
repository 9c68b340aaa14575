import subprocess
import sys

import pytest

from tests.services.processes import ROOT

_HEAVY = """
numpy pypdfium2 pypdfium2_raw python_calamine semantic_text_splitter snowballstemmer pgvector
requests
"""
HEAVY = tuple(_HEAVY.split())
COUNT = """
import sys, django
django.setup()
before = set(sys.modules)
import {module}
print(*sorted(name for name in set(sys.modules) - before if name.partition(".")[0] in {heavy}))
print(*sorted(name for name in sys.modules if name.partition(".")[0] in {own}))
"""
OWN = tuple(name for name in HEAVY if name not in ("requests", "numpy"))


@pytest.mark.parametrize(
    "module", ["rag.apps", "rag.models", "rag.rest.documents", "rag.retrieval", "rag.worker"]
)
def test_until_it_is_used_it_imports_nothing_heavy(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNT.format(module=module, heavy=HEAVY, own=OWN)],
        cwd=ROOT,
        env={"DJANGO_SETTINGS_MODULE": "tests.settings", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == ["", ""]


def test_the_process_that_reads_files_imports_no_django() -> None:
    code = "import sys, rag.load.child; print([name for name in ('django', 'numpy') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
