"""What becomes of test sets and their runs when their owner leaves. Blocks."""

from typing import Any

from chat.people.disposal import DisposalReport, Fate
from chat.protocol.errors import ChatError
from chat.testsets import stored_runs, stored_sets
from chat.testsets.stored_sets import DamagedSetError
from conversations.owners import named_owner
from core.accounts import name_of


def dispose_of_testsets(owner: str, fate: Fate, heir: str, report: DisposalReport) -> None:
    """Runs that go on stop, and what was set to run by itself runs no more, whatever is chosen."""
    for one in stored_sets.listed_of(owner):
        try:
            for run in stored_runs.run_ids(one.id):
                stored_runs.stop(one.id, run)
            if fate is Fate.REMOVE:
                stored_sets.delete(one.id)
            else:
                named: dict[str, Any] = {"owner_name": None, **named_owner(heir, name_of(heir))}
                stored_sets.change(one.id, schedule=None, **(named if fate is Fate.HAND_OVER else {}))
        except (ChatError, DamagedSetError) as error:
            report.failed.append(f"{one.file}: {error}")
            continue
        report.testsets += fate is not Fate.KEEP
