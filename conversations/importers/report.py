"""What an import did, and why it left something out."""

from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HERE_ALREADY = _("here already")
IN_TRASH = _("in the trash")
EMPTY = _("without messages")
TOO_LARGE = _("too large for a conversation")
NOT_JSON = _("no JSON")
UNKNOWN = _("no conversation of a known kind")
CUT_OFF = _("cut off: what is behind the last whole conversation is missing")
ENCRYPTED = _("encrypted: unpack it with its password first")
DAMAGED = _("damaged")
PACKED = _("packed in a way that cannot be unpacked here: unpack it first")
TOO_DEEP = _("a zip in too many others: unpack it first")
ARCHIVE = _("an archive that is no zip: unpack it first")
TORN_ZIP = _("a zip whose end is missing: download it again")
ONLY_HTML = _(
    "only a web page (HTML): export as JSON, as ChatGPT and Claude do in the zip with conversations.json"
)
NO_DOCUMENTS = _("no JSON file in it")

RING_CUT = _("Some messages named each other as the one before. The earliest of them became a beginning.")
NOT_THERE = _("Attachments whose files did not come along were left out; their names are there.")

NOTHING_LOST = (EMPTY, HERE_ALREADY, IN_TRASH)


@dataclass(slots=True)
class ImportReport:
    """`skipped`: what (a title, an id, a file's name) and why; `unread` of it: what could not be taken, each
    once, `lost` how often, and `unreadable` whether something may be in it that nobody could look at.
    `known`: how much was here before. `mended`: what came in although something was wrong in it, and what
    that was. `ids`: the conversations that were made, or would be. `stopped`: before all was
    looked at. `on_the_way`: how many there are so far, where another process makes them."""

    ids: list[str] = field(default_factory=list)
    messages: int = 0
    attachments: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    unread: dict[tuple[str, str], None] = field(default_factory=dict)
    known: int = 0
    lost: int = 0
    unreadable: bool = False
    mended: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False
    on_the_way: int = 0

    @property
    def conversations(self) -> int:
        return len(self.ids) or self.on_the_way

    @property
    def nothing_new(self) -> bool:
        """Whether all of it could be looked at, and no conversation that is not here already was in it."""
        return not self.ids and not self.unreadable

    def skip(self, what: str, reason: str | Promise) -> None:
        self.skipped.append((what, str(reason)))
        if reason not in NOTHING_LOST:
            self.lost += 1
            self.unreadable = self.unreadable or reason != UNKNOWN
            self.unread[what, str(reason)] = None
        elif reason != EMPTY:
            self.known += 1

    def reasons(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for _what, reason in self.skipped:
            counts[reason] = counts.get(reason, 0) + 1
        return counts
