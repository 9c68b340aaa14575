"""Whose things are. Rows and files name an owner by an id that never comes back; beside it stands a name, for
readers alone.

With AUTH_MODE=local everything is the one user's, and is written down as `local`: an owner that no account
can ever be.
"""

import re
import unicodedata
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from core.models import Owner

LOCAL = "local"

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_former_names: dict[str, str] | None = None


class Person(Protocol):
    """Whoever acts: what is theirs is named by `owner_id`; `username` is for readers."""

    @property
    def owner_id(self) -> str: ...

    @property
    def username(self) -> str: ...


def is_id(owner: str) -> bool:
    return _ID.fullmatch(owner) is not None


def is_reserved(name: str) -> bool:
    """`local` in any spelling, and whatever could be taken for an id."""
    plain = unicodedata.normalize("NFKC", name).strip().casefold()
    return plain == LOCAL or is_id(plain)


def resolve_owner(said: str) -> str:
    """The id of an owner as a file says it. A name means whoever had it when ids came; one that nobody had
    then stays a name, and is no account's."""
    return said if said == LOCAL or is_id(said) else former_names().get(said, said)


def former_names() -> dict[str, str]:
    """Read once: they are given when ids come and never after."""
    global _former_names
    if _former_names is None:
        # Files are also read where no database is set up.
        from core.models import Owner

        known = Owner.objects.exclude(former_name=None).values_list("former_name", "pk")
        _former_names = {str(name): str(pk) for name, pk in known}
    return _former_names


def forget_former_names(instance: "Owner", **_: Any) -> None:
    global _former_names
    if instance.former_name is not None:
        _former_names = None
