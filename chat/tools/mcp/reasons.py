"""Why a tool server or a call failed, in words for a person. They hold no address beyond its host, no header,
no value of an environment and nothing that a server said of itself at length."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class Reason:
    """`str()` of it is in the language of whoever reads it then. `sign_in`: a person mends it by signing
    in."""

    text: str | Promise
    values: Mapping[str, object] = field(default_factory=dict)
    sign_in: bool = False

    def __str__(self) -> str:
        return str(self.text) % self.values if self.values else str(self.text)


class ToolServerError(Exception):
    """`reason` is for a person. `unsent`: what was asked never reached the server, so that it may be asked
    again."""

    def __init__(self, reason: Reason, *, unsent: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.unsent = unsent
