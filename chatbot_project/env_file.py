"""`.env`: `NAME=value` a line. What cannot be read is refused by line and name; no value is ever shown."""

import os
import re
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
SAFE_TO_SHOW = re.compile(r"[A-Z]{2,30}([_-][A-Z]{1,30}){0,5}(?=[\s:=-]|$)")
"""Of a line that is no setting, what is more likely a setting's name than a part of a key."""
COMMENT = re.compile(r"\s#")
ESCAPED = re.compile(r"\\([^rnt])")


class EnvFileError(ImproperlyConfigured):
    """The message is a sentence for a person."""


def load_env_file(path: Path) -> None:
    """Adds to the environment what the file sets and the environment does not. Raises EnvFileError."""
    for name, value in read_env_file(path).items():
        os.environ.setdefault(name, value)


def read_env_file(path: Path) -> dict[str, str]:
    """Raises EnvFileError. No file: nothing. A folder of that name is somebody's virtual environment."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, IsADirectoryError):
        return {}
    except OSError as error:
        raise EnvFileError(f"{path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise EnvFileError(f"{path} is not UTF-8 text. Save it as UTF-8.") from error
    return read_lines(text, path)


def read_lines(text: str, path: Path) -> dict[str, str]:
    """The settings of the lines; `path` is only named in errors. Raises EnvFileError."""
    found: dict[str, str] = {}
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            try:
                name, value = read_line(stripped)
            except ValueError as error:
                raise EnvFileError(f"{path}, line {number}{name_on_line(stripped)}: {error}.") from None
            found[name] = value
    return found


def read_line(line: str) -> tuple[str, str]:
    """The name and the value, without quotes and a comment behind it. Raises ValueError: what is wrong."""
    before, equals, after = line.removeprefix("export ").partition("=")
    name = before.strip()
    if not equals:
        raise ValueError("it must be NAME=value")
    if NAME.fullmatch(name) is None:
        raise ValueError("before the = stands a name of letters, digits and _")
    if "\0" in after:
        raise ValueError("a value holds no NUL")
    value = after.strip()
    return name, quote_value(value) if value[:1] in ("'", '"') else COMMENT.split(after, maxsplit=1)[
        0
    ].strip()


def quote_value(value: str) -> str:
    """In double quotes a backslash stands before what is meant as it is."""
    quote, closed = value[0], 1
    while closed < len(value) and value[closed] != quote:
        closed += 2 if quote == '"' and value[closed] == "\\" else 1
    if closed >= len(value):
        raise ValueError(f"the quotation mark {quote} is not closed")
    behind = value[closed + 1 :].strip()
    if behind and not behind.startswith("#"):
        raise ValueError(f"something stands behind the closing {quote}")
    inner = value[1:closed]
    return ESCAPED.sub(r"\1", inner) if quote == '"' else inner


def name_on_line(line: str) -> str:
    line = line.removeprefix("export ")
    name, equals, _ = line.partition("=")
    if equals and NAME.fullmatch(name.strip()):
        return f" ({name.strip()})"
    shown = SAFE_TO_SHOW.match(line)
    return f" ({shown.group()})" if shown else ""
