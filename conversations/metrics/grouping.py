"""Which answers belong to a model, a day, a tag …"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from typing import TYPE_CHECKING, Any, Literal

from conversations.answer_numbers import in_milliseconds
from conversations.metrics.answers import Answers
from conversations.models import Conversation

if TYPE_CHECKING:
    from numpy.typing import NDArray

By = Literal["model", "server", "day", "week", "folder", "tag", "purpose"]
OF_CONVERSATIONS: tuple[By, ...] = ("folder", "tag")
DAY_MS = 86_400_000
FIRST_DAY = date(1970, 1, 1).toordinal()
LAST_DAY = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Groups:
    """`answer` and `key` go together: of a pair the place of an answer and that of a key. An answer may be in
    several. None of the keys is without."""

    keys: Sequence[str]
    answer: "NDArray[Any]"
    key: "NDArray[Any]"

    def pairs(self) -> Iterator[tuple[int, str]]:
        for answer, key in zip(self.answer, self.key, strict=True):
            yield int(answer), self.keys[key]


@dataclass(frozen=True, slots=True)
class Grouping:
    """`zone`: whose days and weeks. `names`: by conversations their folders or tags, if it is by those; an
    answer in none has an empty key."""

    by: By
    zone: tzinfo
    names: Mapping[str, Sequence[str]]

    def group(self, answers: Answers) -> Groups:
        import numpy as np

        each = np.arange(len(answers))
        match self.by:
            case "model" | "server":
                return groups_by_name(
                    [getattr(label, self.by) for label in answers.labels], each, answers.label
                )
            case "day" | "week":
                days, day = days_of(answers.at, self.zone)
                return groups_by_name([date_name(one, self.by) for one in days], each, day)
            case "folder" | "tag":
                return groups_by_name(*pair_with_names(answers, self.names))
            case "purpose":
                # Of all requests that were none for an answer the index knows nothing.
                return groups_by_name(["answer"], each, np.zeros(len(answers), int))


def groups_by_name(names: Sequence[str], answer: "NDArray[Any]", place: "NDArray[Any]") -> Groups:
    """`place`: of each answer that of its name, of which several may be the same."""
    import numpy as np

    used = np.flatnonzero(np.bincount(place, minlength=len(names))).tolist()
    keys = list(dict.fromkeys(names[one] for one in used))
    numbers = {key: number for number, key in enumerate(keys)}
    number = np.zeros(len(names), int)
    number[used] = [numbers[names[one]] for one in used]
    return Groups(keys, answer, number[place])


def days_of(at: "NDArray[Any]", zone: tzinfo) -> tuple[list[date], "NDArray[Any]"]:
    """Days of the zone, in their order, and of each moment the place of its own. Where each day begins is
    asked of the zone once, whatever its clocks do."""
    import numpy as np

    sorted_days = np.sort(at // DAY_MS)
    # Not `np.unique`, which imports all that numpy has for masked arrays.
    in_utc = (sorted_days[np.diff(sorted_days, prepend=-1) > 0] + FIRST_DAY).tolist()
    near = sorted({one + beside for one in in_utc for beside in (-1, 0, 1)})
    days = [date.fromordinal(one) for one in near if one <= LAST_DAY]
    begins = [in_milliseconds(datetime.combine(day, time(), zone)) for day in days]
    return days, np.searchsorted(begins, at, side="right") - 1


def date_name(day: date, by: By) -> str:
    """Weeks as ISO 8601 numbers them: 2026-W48."""
    year, week, _day = day.isocalendar()
    return day.isoformat() if by == "day" else f"{year}-W{week:02}"


def grouping_by(by: By, zone: tzinfo, owner: str | None) -> Grouping:
    """`owner`: whose the conversations are; None: everybody's."""
    return Grouping(by, zone, names_of(by, owner) if by in OF_CONVERSATIONS else {})


def names_of(by: By, owner: str | None) -> Mapping[str, Sequence[str]]:
    rows = Conversation.objects.all() if owner is None else Conversation.objects.filter(owner=owner)
    if by == "folder":
        folders = rows.filter(folder__isnull=False).values_list("pk", "folder")
        return {conversation: (str(folder),) for conversation, folder in folders}
    found: dict[str, list[str]] = {}
    for conversation, tag in rows.filter(tag_rows__isnull=False).values_list("pk", "tag_rows__name"):
        found.setdefault(conversation, []).append(tag)
    return found


def pair_with_names(
    answers: Answers, names: Mapping[str, Sequence[str]]
) -> tuple[list[str], "NDArray[Any]", "NDArray[Any]"]:
    """Groups answers by names of their conversations, in the form in which `groups_by_name` wants it."""
    import numpy as np

    known = list(dict.fromkeys(["", *(name for several in names.values() for name in several)]))
    numbers = {name: number for number, name in enumerate(known)}
    of_each = [[numbers[name] for name in names.get(one, ("",))] for one in answers.conversations]
    counts = np.array([len(several) for several in of_each], int)
    begins = np.cumsum(counts) - counts
    # As often as its conversation has names, an answer stands here, each time with the next of them.
    often = counts[answers.conversation]
    answer = np.repeat(np.arange(len(answers)), often)
    nth = np.arange(len(answer)) - np.repeat(np.cumsum(often) - often, often)
    names_in_row = np.array([place for several in of_each for place in several], int)
    return known, answer, names_in_row[begins[answers.conversation[answer]] + nth]
