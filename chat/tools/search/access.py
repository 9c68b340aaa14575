"""Where a search service is asked, and with which key."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """Empty: none. The key goes to this address and to no other."""

    address: str = ""
    key: str = field(default="", repr=False)
