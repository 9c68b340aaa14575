"""What Twisted and Autobahn bring along and no server of ours uses, left out while they are imported:
nine megabytes of every process, and a tenth of the modules.

Autobahn also speaks WAMP, with CBOR, Argon2 and a library that colours terminals; its WebSockets need two
small modules of the packages that import all of this. Its checks of UTF-8 and its masks are compiled: what
parsed their C is of no use any more. Twisted also speaks TLS, with pyOpenSSL; where it is spoken, it ends
before Divan.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import autobahn

PACKAGES = ("wamp", "twisted")
"""Of Autobahn: what they import when they are imported themselves is WAMP alone."""
BASES = (
    "WampWebSocketClientFactory",
    "WampWebSocketClientProtocol",
    "WampWebSocketServerFactory",
    "WampWebSocketServerProtocol",
)
"""What Autobahn's WebSockets take from WAMP: bases of classes that nobody makes."""
OPTIONAL = ("OpenSSL", "click")
"""Both packages do without these where they are not installed."""
COMPILED = ("utf8validator", "xormasker")


@contextmanager
def importing_websockets_alone() -> Iterator[None]:
    """While Twisted and Autobahn are imported for the first time; does nothing where they were before."""
    if "autobahn.twisted" in sys.modules:
        yield
        return
    for name in PACKAGES:
        package = put_module(f"autobahn.{name}")
        package.__path__ = [str(Path(folder) / name) for folder in autobahn.__path__]
    bases = put_module("autobahn.wamp.websocket")
    for name in BASES:
        setattr(bases, name, type(name, (), {}))
    absent = [name for name in OPTIONAL if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: not to be found
    with importing_what_is_compiled():
        try:
            yield
        finally:
            for name in absent:
                del sys.modules[name]


class Compiled:
    """Of cffi, where nothing is to be compiled: takes what would be, and does nothing."""

    def cdef(self, *args: Any, **options: Any) -> None: ...

    set_source = cdef


@contextmanager
def importing_what_is_compiled() -> Iterator[None]:
    """Autobahn's modules describe to cffi what they were compiled of each time that they are imported; what
    they then use is in the compiled modules."""
    if "cffi" in sys.modules:
        yield
        return
    sys.modules["cffi"] = ModuleType("cffi")
    sys.modules["cffi"].FFI = Compiled  # type: ignore[attr-defined]
    try:
        yield
    finally:
        del sys.modules["cffi"]
        for name in COMPILED:
            describing = sys.modules.get(f"autobahn.nvx._{name}")
            if describing is not None:
                vars(describing)["ffi"] = import_module(f"_nvx_{name}").ffi


def put_module(name: str) -> ModuleType:
    """An empty module of that name, as if it had been imported."""
    module = sys.modules[name] = ModuleType(name)
    parent, _, child = name.rpartition(".")
    setattr(sys.modules[parent], child, module)
    return module
