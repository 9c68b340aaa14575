import asyncio
import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.engine import current_engine
from chat.engine.room import Room
from chat.models import Share
from chat.policy.access import User, access_conversation, access_file
from chat.protocol.errors import ConflictError, NotFoundError, TooLargeError, map_store_errors
from conversations.export.outline import with_answers
from conversations.tree import Tree
from core.accounts import user_of

TOKEN_BYTES = 24
MOST_LINKS = 50
NO_LINK = _("There is no such link.")


@dataclass(frozen=True, slots=True)
class LinkOptions:
    """`branch`: a name, or none for what is shown. `later`: what is written from now on may be read too.
    `calls`: what tools were asked and gave may be read. `days`: how long the link works; None: until it
    is revoked."""

    branch: str | None = None
    later: bool = False
    attachments: bool = False
    calls: bool = False
    days: int | None = None


async def make_link(user: User, conversation: str, wanted: LinkOptions) -> tuple[Share, str]:
    """The link, and its token, which cannot be had again."""
    room = await access_file(user, conversation)
    head = head_of(room, wanted.branch)
    if await working_links(user, conversation).acount() >= MOST_LINKS:
        raise TooLargeError(_("This conversation has too many links. Revoke some of them first."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    share = await Share.objects.acreate(
        conversation=conversation,
        owner=user.owner_id,
        digest=digest_of(token),
        hint=token[:6],
        branch=wanted.branch or "",
        head=head,
        messages=None if wanted.later else readable_messages(room.file.tree, head),
        attachments=wanted.attachments,
        calls=wanted.calls,
        expires=None if wanted.days is None else timezone.now() + timedelta(days=wanted.days),
    )
    return share, token


async def links_of_conversation(user: User, conversation: str) -> list[Share]:
    """Links to this conversation that still work, the newest first."""
    await access_conversation(user, conversation)
    return [share async for share in working_links(user, conversation).order_by("-created", "-pk")]


async def revoke_link(user: User, conversation: str, number: int) -> None:
    await access_conversation(user, conversation)
    mine = Share.objects.filter(pk=number, conversation=conversation, owner=user.owner_id)
    deleted, _rows = await mine.adelete()
    if not deleted:
        raise NotFoundError(NO_LINK)


async def open_link(token: str) -> tuple[Share, Room]:
    """For whoever has the link. Raises NotFoundError where it does not work, whatever the reason."""
    share = await sync_to_async(find_link)(token)
    if share is None:
        raise NotFoundError(NO_LINK)
    with map_store_errors():
        room = await current_engine().rooms.open(share.conversation)
    if room.owner != share.owner:
        raise NotFoundError(NO_LINK)
    await room.catch_up()
    return share, room


def find_link(token: str) -> Share | None:
    share = Share.objects.filter(not_expired(), digest=digest_of(token)).first()
    if share is None:
        return None
    user = user_of(share.owner)
    return share if user is not None and user.is_active else None


def working_links(user: User, conversation: str) -> "QuerySet[Share]":
    return Share.objects.filter(not_expired(), conversation=conversation, owner=user.owner_id)


def not_expired() -> Q:
    return Q(expires=None) | Q(expires__gt=timezone.now())


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def head_of(room: Room, branch: str | None) -> str:
    tree = room.file.tree
    if branch is not None and branch not in tree.branches:
        raise NotFoundError(_("There is no branch of that name in this conversation."))
    head = tree.head if branch is None else tree.branches[branch]
    if head is None or head not in tree.messages or head in tree.deleted:
        raise ConflictError(_("There is nothing to share yet."))
    return head


def readable_messages(tree: Tree, head: str) -> list[str]:
    """Ids on the path to `head`, each question with the answers of all its lanes; nothing deleted."""
    return [message for message in with_answers(tree, tree.path(head)) if message not in tree.deleted]


async def messages_of(share: Share, room: Room) -> list[str]:
    return await asyncio.to_thread(shown_messages, share, room.file.tree)


def ends_at(share: Share, tree: Tree) -> str:
    """The last message of the way that the link shows."""
    return share.head if share.messages is not None else latest_message(tree, share.head)


def shown_messages(share: Share, tree: Tree) -> list[str]:
    if share.messages is not None:
        kept = set(share.messages)
        return [message for message in readable_messages(tree, share.head) if message in kept]
    return readable_messages(tree, ends_at(share, tree))


def latest_message(tree: Tree, head: str) -> str:
    """Where the conversation now ends, if it went on from the turn of `head`; else `head`."""
    header = tree.messages[head]
    turn = header["parent"] if header["role"] == "assistant" else head
    return tree.head if tree.head is not None and turn in tree.path() else head
