"""What the roles of lanes mean. Pure.

The conversation goes on from the `primary` lane's answer. A `secondary` lane answers beside it and has a
history of its own. A `comparison` lane is asked what the primary one is asked, and nobody is told of its
answer later.
"""

from collections.abc import Iterable, Sequence

from conversations.settings import Lane, LaneRole

ORDER: dict[LaneRole, int] = {"primary": 0, "secondary": 1, "comparison": 2}
"""Whose answer goes on, of several; of equal ones that of the lane which stands first."""


def order_of(row: Iterable[Lane], lane: str) -> int:
    """A lane without a role, or one that has left the conversation, is like a secondary one."""
    return next((ORDER[one.get("role", "secondary")] for one in row if one["id"] == lane), ORDER["secondary"])


def viewpoint_lane(row: Sequence[Lane], lane: str) -> str:
    """The lane whose history `lane` is told: of one for comparison the primary one's, else its own."""
    if lane not in comparison_lanes(row):
        return lane
    first = min(row, key=lambda one: ORDER[one.get("role", "secondary")])
    return lane if first["id"] in comparison_lanes(row) else first["id"]


def comparison_lanes(row: Iterable[Lane]) -> frozenset[str]:
    """The lanes whose answers are there for comparison."""
    return frozenset(lane["id"] for lane in row if lane.get("role") == "comparison")
