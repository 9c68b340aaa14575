"""Logging: only errors reach the terminal; the rest goes to a rotating file, scrubbed of keys."""

import fcntl
import logging
import logging.config
import logging.handlers
import os
import re
from pathlib import Path
from typing import Any

# Whatever looks like a key, whoever logged it.
SECRETS = re.compile(
    r"(?i)(\b(?:sk|hf|divan|key|gsk|tgp|xai|AIza)[-_][A-Za-z0-9_\-]{8,}|AIza[0-9A-Za-z_\-]{20,})"
    r"|((?:authorization|x-goog-api-key|x-api-key|api[-_]?key|token|bearer)[\"']?(?:\s*+[:=]\s*+|[^\S\n]++)[\"']?)"
    r"(?:bearer\s++)?[^\s\"',;&}]{6,}"
)


def scrub(text: str) -> str:
    return SECRETS.sub(lambda found: (found.group(2) or "") + "[hidden]", text)


class ScrubbingFormatter(logging.Formatter):
    """Works on the finished line, so that arguments and stack traces are scrubbed too."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class SharedRotatingFileHandler(logging.handlers.RotatingFileHandler):
    """Of several processes that write one file, one moves it away and the others follow: a line never goes
    to a file that has been moved, and no file is moved twice."""

    def emit(self, record: logging.LogRecord) -> None:
        self._follow()
        super().emit(record)

    def doRollover(self) -> None:  # noqa: N802
        lock = os.open(f"{self.baseFilename}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._follow():
                super().doRollover()
        finally:
            os.close(lock)

    def _follow(self) -> bool:
        """Opens the file anew where another process has moved it away."""
        if self.stream is None:
            return False
        ours = os.fstat(self.stream.fileno())
        try:
            there = Path(self.baseFilename).stat()
        except FileNotFoundError:
            there = None
        if there is not None and os.path.samestat(ours, there):
            return False
        self.stream.close()
        self.stream = self._open()
        return True


def is_own_failure(record: logging.LogRecord) -> bool:
    """Django logs each answer of 500 and above as an error. One that tells what a model server refused is
    none of ours; what failed here comes with its exception."""
    return record.name != "django.request" or record.exc_info is not None


def configure(options: dict[str, Any]) -> None:
    """`options`: `directory` (made where it lacks, 0700) and `debug`."""
    directory: Path = options["directory"]
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": ScrubbingFormatter,
                    "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
                },
                "short": {"()": ScrubbingFormatter, "format": "%(levelname)s %(name)s %(message)s"},
            },
            "filters": {"own_failures": {"()": lambda: is_own_failure}},
            "handlers": {
                "terminal": {
                    "class": "logging.StreamHandler",
                    "level": "DEBUG" if options["debug"] else "ERROR",
                    "formatter": "short",
                    "filters": ["own_failures"],
                },
                "file": {
                    "()": SharedRotatingFileHandler,
                    "filename": directory / "divan.log",
                    "maxBytes": 5_000_000,
                    "backupCount": 5,
                    "encoding": "utf-8",
                    "delay": True,
                    "formatter": "line",
                },
            },
            "root": {"handlers": ["terminal", "file"], "level": "INFO"},
            "loggers": {
                "daphne.http_protocol": {"level": "WARNING"},
                "httpx2": {"level": "WARNING"},
                "google_genai": {"level": "WARNING"},
                # What tool servers do wrong is said in chat/tools/mcp/, without their words.
                "mcp": {"level": "CRITICAL"},
            },
        }
    )
