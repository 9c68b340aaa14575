"""A package index over HTTP with packages that hold nothing but their metadata."""

import hashlib
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from packaging.utils import canonicalize_name


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


def add_package(
    index: Path, name: str, version: str, requires: Sequence[str], extras: Sequence[str] = ()
) -> str:
    """Puts an empty wheel where `serve_index` finds it. Returns its SHA-256."""
    plain = canonicalize_name(name)
    folder = index / plain
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{plain.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Provides-Extra: {extra}" for extra in extras]
    metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
    files: Mapping[str, str] = {
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for file, text in files.items():
            wheel.writestr(file, text)
        wheel.writestr(f"{info}/RECORD", "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD")))
    links = "".join(f'<a href="{found.name}">{found.name}</a>\n' for found in sorted(folder.glob("*.whl")))
    (folder / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@contextmanager
def serve_index(index: Path) -> Iterator[str]:
    """The address that pip's `--index-url` takes."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(index))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
