"""The index of the files: what lists, filters, search and metrics need without opening one.

Everything here is made from the files (conversations/index/) and can be deleted. No message text is kept.
"""

from django.db.models import (
    CASCADE,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    FloatField,
    ForeignKey,
    GeneratedField,
    Index,
    JSONField,
    Model,
    PositiveIntegerField,
    Q,
    SmallIntegerField,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from conversations.answer_numbers import GroupedIndex, NumbersText
from core.models import OwnerField


class Conversation(Model):
    """One file. `size`, `mtime_ns` and `tail` say up to where, and of which file, this row speaks.

    `cost_usd` is the sum of what is known; None: nothing is. `models`: refs in the order in which they first
    answered, the lanes' before any has."""

    id = CharField(max_length=24, primary_key=True)
    owner = OwnerField(_("owner"))
    title = TextField(_("title"), blank=True)
    created = DateTimeField(_("begun"))
    updated = DateTimeField(_("last message"))
    message_count = PositiveIntegerField(_("messages"), default=0)
    answer_count = PositiveIntegerField(pgettext_lazy("several", "answers"), default=0)
    models = JSONField(_("models"), default=list)
    input_tokens = BigIntegerField(_("input tokens"), default=0)
    output_tokens = BigIntegerField(_("output tokens"), default=0)
    cost_usd = FloatField(_("cost (USD)"), null=True)
    pinned = BooleanField(_("pinned"), default=False)
    archived = BooleanField(_("archived"), default=False)
    folder = CharField(_("folder"), max_length=200, null=True, blank=True)  # noqa: DJ001 -- null: in no folder
    tags = JSONField(_("tags"), default=list)
    has_branches = BooleanField(_("branches"), default=False)
    has_attachments = BooleanField(_("attachments"), default=False)
    has_hidden = BooleanField(default=False)
    damage = TextField(_("damage"), blank=True)
    size = BigIntegerField(_("file size"), default=0)
    mtime_ns = BigIntegerField(default=0)
    tail = BigIntegerField(default=0)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            Index(fields=["owner", "archived", "pinned", "-updated", "-id"], name="conversation_list"),
            Index(
                fields=["owner", "folder", "archived", "pinned", "-updated", "-id"],
                name="conversation_folder",
            ),
            Index(fields=["updated"], name="conversation_updated"),
        ]

    def __str__(self) -> str:
        return self.id


class Tag(Model):
    conversation = ForeignKey(Conversation, on_delete=CASCADE, related_name="tag_rows")
    name = CharField(max_length=200)

    class Meta:
        indexes = [Index(fields=["name", "conversation"], name="tag_name")]

    def __str__(self) -> str:
        return self.name


GROUPED = ("server", "model", "status", "error_code", "served_by", "version")
"""What figures count answers by, beside owner, time and place."""

COMPARED = Q(preferred_over__isnull=False) | Q(tie__isnull=False) | Q(both_bad__isnull=False)
"""Answers that a person compared with others."""


class Response(Model):
    """One answer. Tokens, cost and times are None where nobody said. `served_by`: another model that gave it;
    `version`: what the service called the model, where it said something of its own. `owner`: the
    conversation's. `numbers`: all of its numbers as one text, for figures."""

    conversation = ForeignKey(
        Conversation, on_delete=CASCADE, related_name="responses", verbose_name=_("conversation")
    )
    owner = OwnerField(_("owner"))
    message = CharField(_("message"), max_length=200)
    lane = CharField(_("lane"), max_length=200)
    model = CharField(_("model"), max_length=300)
    server = CharField(_("server"), max_length=300)
    status = CharField(_("status"), max_length=20)
    error_code = CharField(_("error"), max_length=50, blank=True)
    finish = CharField(_("ended by"), max_length=50, blank=True)
    served_by = CharField(_("served by"), max_length=300, blank=True)
    version = CharField(_("version"), max_length=200, blank=True)
    at = DateTimeField(_("time"))
    input_tokens = BigIntegerField(_("input tokens"), null=True)
    output_tokens = BigIntegerField(_("output tokens"), null=True)
    reasoning_tokens = BigIntegerField(_("reasoning tokens"), null=True)
    cached_tokens = BigIntegerField(_("cached tokens"), null=True)
    cost_usd = FloatField(_("cost (USD)"), null=True)
    cost_source = CharField(_("cost known from"), max_length=20)
    first_token_ms = BigIntegerField(_("first token (ms)"), null=True)
    total_ms = BigIntegerField(_("in all (ms)"), null=True)
    vote = SmallIntegerField(_("vote"), null=True)
    preferred_over = JSONField(_("preferred over"), null=True)
    tie = JSONField(_("as good as"), null=True)
    both_bad = JSONField(_("as bad as"), null=True)
    revealed = BooleanField(_("compared when the names were shown"), default=False)
    numbers = GeneratedField(expression=NumbersText(), output_field=TextField(), db_persist=True)

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = pgettext_lazy("several", "answers")
        constraints = [
            UniqueConstraint(fields=["conversation", "message"], name="response_once"),
        ]
        indexes = [
            Index(fields=["model", "at"], name="response_model"),
            Index(fields=["status", "at"], name="response_status"),
            Index(fields=["at"], name="response_at"),
            GroupedIndex(fields=["owner", *GROUPED, "conversation", "numbers"], name="response_figures"),
            Index(fields=["conversation"], condition=Q(vote__isnull=False), name="response_voted"),
            Index(fields=["owner", "at"], condition=COMPARED, name="response_compared"),
        ]

    def __str__(self) -> str:
        return self.message


class MessageEntry(Model):
    """Where a message stands in its file; what search finds. `message` empty: the title. `blind`, of a
    person's message: which model gave which answer is hidden until a vote; `kind` and `language`: of what
    it asks, empty where nothing tells (core/text/questions.py).

    The searchable words of a row stand under its number in the database's own search table
    (conversations/search/backends.py)."""

    conversation = ForeignKey(Conversation, on_delete=CASCADE, related_name="entries")
    message = CharField(max_length=200, blank=True)
    parent = CharField(max_length=200, null=True)  # noqa: DJ001 (null: a root)
    role = CharField(max_length=10)
    at = DateTimeField()
    offset = BigIntegerField()
    length = BigIntegerField()
    hidden = BooleanField(default=False)
    blind = BooleanField(default=False)
    kind = CharField(max_length=20, blank=True)
    language = CharField(max_length=8, blank=True)

    class Meta:
        verbose_name_plural = "message entries"
        constraints = [UniqueConstraint(fields=["conversation", "message"], name="entry_once")]
        indexes = [Index(fields=["conversation", "parent"], name="entry_parent")]

    def __str__(self) -> str:
        return self.message


class Restoration(Model):
    """That a backup was put back: written in the transaction that did it, so that the files, which no
    transaction holds, follow it or not."""

    token = CharField(max_length=40, primary_key=True)

    def __str__(self) -> str:
        return self.token
