"""Writes what rows.py gathered, for one conversation or a batch, inside the caller's transaction."""

from collections.abc import Iterator, Sequence

from django.db.models import Q

from conversations.index.rows import IndexRows, count_votes
from conversations.models import Conversation, MessageEntry, Response, Tag
from conversations.search.backends import backend_for
from conversations.votes import OF_COMPARISON, compared_with

_FIELDS = [field.name for field in Conversation._meta.concrete_fields if not field.primary_key]


def write_rows(using: str, found: Sequence[IndexRows]) -> None:
    for rows in found:
        _settle(rows)
    Conversation.objects.bulk_create(
        [rows.row for rows in found],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=_FIELDS,
        batch_size=500,
    )
    _forget(using, [rows for rows in found if not rows.is_new])
    Tag.objects.bulk_create([tag for rows in found if rows.retagged for tag in rows.tags()], batch_size=1000)
    Response.objects.bulk_create([one for rows in found for one in rows.responses.values()], batch_size=1000)
    MessageEntry.objects.bulk_create(
        [one for rows in found for one in rows.entries.values()], batch_size=1000
    )
    backend_for(using).add(
        (entry.pk, rows.row.owner, rows.words[message])
        for rows in found
        for message, entry in rows.entries.items()
    )


def _forget(using: str, known: Sequence[IndexRows]) -> None:
    """What the rows of these have in place of which new ones come."""
    if whole := [rows.row.id for rows in known if rows.is_whole]:
        backend_for(using).remove_entries(whole)
        for model in (Response, MessageEntry):
            model._default_manager.filter(conversation__in=whole).delete()
    if retagged := [rows.row.id for rows in known if rows.retagged]:
        Tag.objects.filter(conversation__in=retagged).delete()
    if retitled := [rows.row.id for rows in known if "" in rows.entries and not rows.is_whole]:
        MessageEntry.objects.filter(conversation__in=retitled, message="").delete()


def _settle(rows: IndexRows) -> None:
    """What the new records mean for, or together with, those before them."""
    row = rows.row
    if rows.deletes or row.has_hidden:
        _hide(rows)
    else:
        new = sum(1 for message in rows.entries if message)
        row.message_count = new if rows.is_whole else row.message_count + new
    if not row.has_branches and not rows.is_whole and rows.asked_below:
        below = Q(parent__in=[parent for parent in rows.asked_below if parent is not None])
        if None in rows.asked_below:
            below |= Q(parent=None)
        row.has_branches = MessageEntry.objects.filter(below, conversation=row, role="user").exists()
    if rows.votes:
        _count_votes(rows)


def _count_votes(rows: IndexRows) -> None:
    voted = {one for record in rows.votes for one in (record["message"], *compared_with(record))}
    known: list[Response] = []
    if not rows.is_whole:
        known = list(Response.objects.filter(conversation=rows.row, message__in=voted))
    count_votes([*known, *rows.responses.values()], rows.votes)
    Response.objects.bulk_update(known, ["vote", *OF_COMPARISON])


def _hide(rows: IndexRows) -> None:
    row = rows.row
    children: dict[str | None, list[str]] = {}
    hidden = set(rows.deletes)
    count = 0
    for message, parent, was_hidden in _links(rows):
        children.setdefault(parent, []).append(message)
        count += 1
        if was_hidden:
            hidden.add(message)
    ahead = list(hidden)
    while ahead:
        for child in children.get(ahead.pop(), ()):
            if child not in hidden:
                hidden.add(child)
                ahead.append(child)
    there = {message for messages in children.values() for message in messages}
    hidden &= there
    for message in hidden & rows.entries.keys():
        rows.entries[message].hidden = True
    if not rows.is_whole:
        known = MessageEntry.objects.filter(conversation=row).exclude(message="")
        known.filter(message__in=hidden, hidden=False).update(hidden=True)
    row.has_hidden = bool(hidden)
    row.message_count = count - len(hidden)


def _links(rows: IndexRows) -> Iterator[tuple[str, str | None, bool]]:
    if not rows.is_whole:
        known = MessageEntry.objects.filter(conversation=rows.row).exclude(message="")
        yield from known.values_list("message", "parent", "hidden")
    for message, entry in rows.entries.items():
        if message:
            yield message, entry.parent, False
