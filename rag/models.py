"""Documents and the passages cut from them. Everything belongs to a collection, and a collection to a user:
code that acts for a person reaches documents through rag/access.py alone.

Passages can be made anew from the originals in DATA_DIR/documents. What full text search finds, and
pgvector's vectors, stand under a passage's number in tables of their own (rag/store/).
"""

import secrets

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import (
    CASCADE,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    Model,
    PositiveBigIntegerField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from core.models import OwnerField
from providers.models import Server


def validate_ref(ref: str) -> None:
    """A model of a server or a group that there is; which models it has is not asked."""
    server, slash, model = ref.partition("/")
    if not (server and slash and model):
        raise ValidationError(_("Write a model as server/model."))
    if not Server.objects.filter(Q(name=server) | Q(group=server)).exists():
        raise ValidationError(_("There is no server named %(name)s.") % {"name": server})


class Configuration(Model):
    """The one row of what an administrator sets. While it `follows_environment` its values are those of the
    environment, whatever it holds (rag/configuration.py)."""

    embedding_model = CharField(
        _("embedding model"),
        max_length=300,
        blank=True,
        validators=[validate_ref],
        help_text=_(
            "As server/model. Empty: passages are found by words and by runs of letters, on this machine. "
            "After a change all passages are embedded anew, in the background; questions use the old vectors "
            "meanwhile."
        ),
    )
    passages = PositiveIntegerField(
        _("passages"),
        default=12,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("The most passages sent with a question. Applies from the next question."),
    )
    budget_tokens = PositiveIntegerField(
        _("tokens of all passages"),
        default=3_000,
        validators=[MinValueValidator(200), MaxValueValidator(200_000)],
        help_text=_("For all passages together: more tokens cost more. Applies from the next question."),
    )
    passage_size = PositiveIntegerField(
        _("size of a passage"),
        default=1_200,
        validators=[MinValueValidator(200), MaxValueValidator(20_000)],
        help_text=_("The most characters in a passage. Applies to documents read from now on."),
    )
    reading_model = CharField(
        _("reading model"),
        max_length=300,
        blank=True,
        validators=[validate_ref],
        help_text=_(
            "As server/model: reads part by part what is too long for a model. Empty: the first model of "
            "the conversation does."
        ),
    )
    follows_environment = BooleanField(default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("reading of documents")

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


def new_version() -> int:
    """At random: a count would come again, with other passages, where a database is put back to what it
    was."""
    return secrets.randbits(63)


class Collection(Model):
    """A user's own documents, or those of one conversation of theirs (`conversation` not empty).

    `version` is another one from the transaction on that changes its passages: caches compare it."""

    owner = OwnerField()
    conversation = CharField(max_length=24, blank=True)
    version = PositiveBigIntegerField(default=new_version)

    class Meta:
        constraints = [UniqueConstraint(fields=["owner", "conversation"], name="rag_collection_once")]

    def __str__(self) -> str:
        return f"{self.owner}/{self.conversation}" if self.conversation else self.owner


class Status(TextChoices):
    WAITING = "waiting"
    FETCHING = "fetching"
    READING = "reading"
    EMBEDDING = "embedding"
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"


UNFINISHED = (Status.WAITING, Status.FETCHING, Status.READING, Status.EMBEDDING)


class Document(Model):
    """`sha256` is empty until a fetched one has arrived. `progress` in percent. `error`: a code of
    rag/errors.py. `leased_until`: some process works on it until then, and says so again before."""

    collection = ForeignKey(Collection, on_delete=CASCADE, related_name="documents")
    sha256 = CharField(max_length=64, blank=True)
    name = CharField(max_length=200)
    kind = CharField(max_length=10, blank=True)
    url = TextField(blank=True)
    size = BigIntegerField(default=0)
    pages = PositiveIntegerField(null=True)
    passage_count = PositiveIntegerField(default=0)
    status = CharField(max_length=10, choices=Status, default=Status.WAITING)
    progress = PositiveSmallIntegerField(default=0)
    error = CharField(max_length=20, blank=True)
    made = DateTimeField(auto_now_add=True)
    leased_until = DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["collection", "sha256"], condition=~Q(sha256=""), name="rag_document_once"
            )
        ]
        indexes = [Index(fields=["status", "id"], name="rag_document_status")]

    def __str__(self) -> str:
        return self.name


class Passage(Model):
    """`heading`: the path of headings above it, joined by " › ". `page` counts from 1; a slide's number."""

    document = ForeignKey(Document, on_delete=CASCADE, related_name="passages")
    position = PositiveIntegerField()
    page = PositiveIntegerField(null=True)
    heading = TextField(blank=True)
    text = TextField()

    class Meta:
        constraints = [UniqueConstraint(fields=["document", "position"], name="rag_passage_once")]

    def __str__(self) -> str:
        return f"{self.document_id}:{self.position}"


class EmbeddingModel(Model):
    """`ref`: rag/embedding.py. Vectors of different ones cannot be compared. `complete` once every passage
    that stood there when it was chosen has a vector of it; until then some process may hold the lease of
    making them."""

    ref = CharField(max_length=300, unique=True)
    complete = BooleanField(default=False)
    leased_until = DateTimeField(null=True)
    chosen = DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.ref


class Vector(Model):
    """`data`: what the embedder packs; not used where PostgreSQL has pgvector."""

    passage = ForeignKey(Passage, on_delete=CASCADE, related_name="vectors")
    model = ForeignKey(EmbeddingModel, on_delete=CASCADE, related_name="vectors")
    data = BinaryField()

    class Meta:
        constraints = [UniqueConstraint(fields=["model", "passage"], name="rag_vector_once")]

    def __str__(self) -> str:
        return f"{self.passage_id} by {self.model_id}"
