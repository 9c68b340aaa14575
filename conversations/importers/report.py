"""What an import did, and why it left something out."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

HERE_ALREADY = _("here already")
IN_TRASH = _("in the trash")
EMPTY = _("without messages")
TOO_LARGE = _("too large for a conversation")
NOT_JSON = _("no JSON")
UNKNOWN = _("no conversation of a known kind")
RING_CUT = _("Some messages named each other as the one before. The earliest of them became a beginning.")


@dataclass(slots=True)
class Report:
    """`skipped`: what (a title, an id) and why. `mended`: what came in although something was wrong in it,
    and what that was. `ids`: the conversations that were made, or would be. `stopped`: before all was looked
    at."""

    ids: list[str] = field(default_factory=list)
    messages: int = 0
    attachments: int = 0
    skipped: list[tuple[str, str]] = field(default_factory=list)
    mended: list[tuple[str, str]] = field(default_factory=list)
    stopped: bool = False

    @property
    def conversations(self) -> int:
        return len(self.ids)

    def reasons(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for _what, reason in self.skipped:
            counts[reason] = counts.get(reason, 0) + 1
        return counts
