"""Which function carries out which command: said where the function stands, and nowhere else."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from chat.policy.access import User
from chat.protocol.commands import Command

Kind = TypeVar("Kind", bound=Command)
Fields = TypeVar("Fields", bound=Mapping[str, Any])
Action = Callable[[User, Kind], Awaitable[Fields]]

ACTIONS: dict[type[Command], Callable[[User, Any], Awaitable[Mapping[str, Any]]]] = {}


def handles(kind: type[Kind]) -> Callable[[Action[Kind, Fields]], Action[Kind, Fields]]:
    """The decorated function carries out this kind of command, for whoever sent it, and gives the fields of
    the `ack`. Raises ValueError where another function does already."""

    def register(action: Action[Kind, Fields]) -> Action[Kind, Fields]:
        if kind in ACTIONS:
            raise ValueError(f"{kind.__name__} is carried out by {ACTIONS[kind].__qualname__} already")
        ACTIONS[kind] = action
        return action

    return register
