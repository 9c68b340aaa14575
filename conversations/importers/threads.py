"""Of what another program kept, the messages that were said, one below the other."""

from dataclasses import dataclass

from .chat import Chat, Node
from .forest import build_trees, sort_by_time


@dataclass(frozen=True, slots=True)
class Threads:
    """`nodes`: parents before children. `shown`: the leaf that was last looked at. `cut`: how many messages
    stood in a ring and became the beginning of it."""

    nodes: list[Node]
    shown: str | None
    cut: int


def threads_of(chat: Chat) -> Threads:
    """Without the nodes that say nothing, and the steps of one answer (a tool called, its result read) joined
    to one message."""
    nodes, cut = build_trees(chat.nodes)
    count: dict[str | None, int] = {}
    for node in nodes:
        count[node.parent] = count.get(node.parent, 0) + 1
    kept: dict[str, Node] = {}
    stands_for: dict[str | None, str | None] = {None: None}
    for node in nodes:
        stands_for[node.id] = _place(node, kept, stands_for[node.parent], alone=count[node.parent] == 1)
    said = list(kept.values())
    return Threads(said, stands_for.get(chat.current) or _last_leaf(said), cut)


def _place(node: Node, kept: dict[str, Node], above: str | None, *, alone: bool) -> str | None:
    """The kept message that stands for this one."""
    if node.role is None or not node.says_something:
        return above
    parent = kept[above] if above is not None else None
    is_step = parent is not None and parent.role == node.role == "assistant" and alone
    if parent is not None and is_step and not (parent.error or node.error):
        parent.join(node)
        return above
    node.parent = above
    kept[node.id] = node
    return node.id


def _last_leaf(nodes: list[Node]) -> str | None:
    """Below the last message: by its time or, where times do not tell, by its place in the file."""
    if not nodes:
        return None
    last: dict[str | None, str] = {node.parent: node.id for node in nodes}
    at = sort_by_time(nodes)[-1].id
    while at in last:
        at = last[at]
    return at
