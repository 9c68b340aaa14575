"""mcp.json: the tool servers that the operator names, in the form that other clients use. Programs are named
here and nowhere else: whoever can write this file may run programs as Divan's user anyway."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from chat.tools.mcp.entries import LONGEST_NAME, Entry, ServerEntryError, read_entry
from chat.tools.mcp.reasons import Reason

LARGEST = 1024 * 1024
MOST_SERVERS = 100
Stamp = tuple[int, int, int] | None
"""Differs after each change of a file; None where there is none."""


@dataclass(frozen=True, slots=True)
class Config:
    """`problems` by the name of an entry, or of the file where all of it is wrong. `off`: switched off."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    problems: Mapping[str, Reason] = field(default_factory=dict)
    off: frozenset[str] = frozenset()


def config_path() -> Path:
    """Where the file stands, whether it is there or not."""
    return Path(settings.MCP_CONFIG or settings.DATA_DIR / "mcp.json").expanduser()


def stamp_of(path: Path) -> Stamp:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def read_config(path: Path) -> Config:
    """Raises nothing: what is wrong is among `problems`, and the rest holds."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        return _broken(path, Reason(_("It cannot be read: %(why)s."), {"why": error.strerror or "?"}))
    if len(data) > LARGEST:
        return _broken(path, Reason(_("It is larger than a megabyte.")))
    try:
        said = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        where = {"line": error.lineno, "column": error.colno}
        return _broken(path, Reason(_("It is not JSON at line %(line)s, column %(column)s."), where))
    except (ValueError, RecursionError):
        return _broken(path, Reason(_("It is not JSON in UTF-8.")))
    servers = said.get("mcpServers", {}) if isinstance(said, dict) else None
    if not isinstance(servers, dict):
        return _broken(path, Reason(_("It must be an object whose 'mcpServers' is an object by name.")))
    return _read_all(servers)


def _broken(path: Path, reason: Reason) -> Config:
    return Config(problems={path.name: reason})


def _read_all(servers: Mapping[str, object]) -> Config:
    entries: dict[str, Entry] = {}
    problems: dict[str, Reason] = {}
    off: set[str] = set()
    for number, (name, said) in enumerate(servers.items()):
        shown = "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME].strip()
        try:
            if number >= MOST_SERVERS:
                raise ServerEntryError(
                    Reason(_("The file names more than %(most)s servers."), {"most": MOST_SERVERS})
                )
            if not shown or shown != name:
                shown = shown or f"#{number + 1}"
                raise ServerEntryError(
                    Reason(_("Its name is empty, too long, or holds signs that cannot be shown."))
                )
            entry = read_entry(name, said)
        except ServerEntryError as error:
            problems[shown] = error.reason
            continue
        if entry is None:
            off.add(name)
        else:
            entries[name] = entry
    return Config(entries, problems, frozenset(off))
