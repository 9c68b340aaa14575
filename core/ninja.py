"""Django Ninja as a server needs it: without Django's tools for tests, and with shapes that are built when
they are first used.

Pydantic builds a validator and a serialiser for each shape, and each holds those of the shapes within it: of
six hundred of them a tenth is asked for on most days.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

from pydantic import BaseModel

TEST_TOOLS = "django.test"


def import_ninja() -> None:
    """Has to be called before any shape is made."""
    with leaving_out_test_tools():
        from ninja import Schema
        from ninja.params.models import ParamModel
    bases: list[type[BaseModel]] = [Schema, *ParamModel.__subclasses__()]
    for base in bases:
        base.model_config["defer_build"] = True


@contextmanager
def leaving_out_test_tools() -> Iterator[None]:
    """Ninja takes a signal from there that stands in Django's core, and a client, a live server, `unittest`
    and an XML parser would come with it. Whoever imports them later gets them whole."""
    if TEST_TOOLS in sys.modules:
        yield
        return
    found = find_spec(TEST_TOOLS)
    package = sys.modules[TEST_TOOLS] = ModuleType(TEST_TOOLS)
    package.__path__ = list(found.submodule_search_locations or ()) if found else []
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name.split(".")[:2] == TEST_TOOLS.split(".")]:
            del sys.modules[name]
