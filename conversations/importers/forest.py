"""Whatever a file says of who stands below whom becomes a forest: every message once, no rings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

from .chat import Node

Parents = dict[str, str | None]


def build_trees(given: Iterable[Node]) -> tuple[list[Node], int]:
    """Parents before children, siblings in the order of their times or, where a time is missing or the same,
    of the file; and how many edges had to be cut. A message stands below the one that it names; where it
    names none that is there, below the one that lists it as a child; else it is a root."""
    nodes = give_unique_ids(given)
    known = {node.id: node for node in nodes}
    parents, cut = _acyclic(nodes, known)
    if _is_row(nodes, parents):
        row = sort_by_time(nodes)
        parents = {node.id: above.id for above, node in pairwise(row)}
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        node.parent = parents.get(node.id)
        children.setdefault(node.parent, []).append(node)
    return list(_parents_first(children)), len(cut)


def give_unique_ids(given: Iterable[Node]) -> list[Node]:
    """A second message under an id that is taken gets one of its own; one that says the same is left out."""
    nodes = list(given)
    taken = {node.id for node in nodes}
    known: dict[str, Node] = {}
    copies: dict[str, set[str]] = {}
    for node in nodes:
        if node.id not in known:
            known[node.id] = node
            continue
        said = copies.setdefault(node.id, {_said(known[node.id])})
        if _said(node) not in said:
            said.add(_said(node))
            unique = f"{node.id}~{len(said)}"
            while unique in taken:
                unique += "~"
            taken.add(unique)
            known[unique] = replace(node, id=unique)
    return list(known.values())


def _said(node: Node) -> str:
    return repr((node.role, node.parent, node.parts, node.files))


def _acyclic(nodes: list[Node], known: Mapping[str, Node]) -> tuple[Parents, set[str]]:
    """What messages name counts before what lists of children say. Also whose edge was cut."""
    places = {node.id: place for place, node in enumerate(nodes)}

    def begins(identifier: str) -> tuple[bool, float, int]:
        node = known[identifier]
        return node.role != "user", _moment(node), places[identifier]

    named = {node.id: node.parent if node.parent in known else None for node in nodes}
    cut = _cut_rings(named, named, begins)
    listed: Parents = {}
    for node in nodes:
        for child in node.children:
            if child in known and named[child] is None:
                listed.setdefault(child, node.id)
    parents = named | listed
    return parents, cut | _cut_rings(parents, listed, begins)


def _cut_rings(
    parents: Parents, loose: Iterable[str], begins: Callable[[str], tuple[bool, float, int]]
) -> set[str]:
    """Each ring is cut above the one of its `loose` messages that most likely began it."""
    cut = set()
    may_be_cut = set(loose)
    for ring in _rings(parents):
        first = min((one for one in ring if one in may_be_cut), key=begins)
        parents[first] = None
        cut.add(first)
    return cut


def _rings(parents: Parents) -> list[list[str]]:
    """Each node has one parent at most, so that from each of them one way leads up, and rings never meet."""
    found: list[list[str]] = []
    walk: dict[str, int] = {}
    for number, start in enumerate(parents):
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in walk:
            walk[at] = number
            path.append(at)
            at = parents[at]
        if at is not None and walk[at] == number:
            found.append(path[path.index(at) :])
    return found


def _is_row(nodes: list[Node], parents: Parents) -> bool:
    """A file that says nothing of who follows whom holds one conversation all the same."""
    return {"user", "assistant"} <= {node.role for node in nodes} and not any(parents.values())


def _parents_first(children: Mapping[str | None, list[Node]]) -> Iterable[Node]:
    ahead = list(reversed(sort_by_time(children.get(None, []))))
    while ahead:
        node = ahead.pop()
        below = sort_by_time(children.get(node.id, []))
        node.children = [child.id for child in below]
        yield node
        ahead.extend(reversed(below))


def sort_by_time(nodes: list[Node]) -> list[Node]:
    return nodes if any(node.at is None for node in nodes) else sorted(nodes, key=_moment)


def _moment(node: Node) -> float:
    return node.at.timestamp() if node.at else float("inf")
