from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models import HasAudience, OwnerField
from providers.crypto import EncryptedTextField
from providers.types import Secret

TOOL_OR_SERVER = r"\A(mcp:[^\s\x00-\x1f]{1,90}|[a-zA-Z0-9_-]{1,64})\Z"


class Upload(models.Model):
    """That a user has uploaded a file: the right to attach and to fetch it. The bytes, once for all users,
    are in DATA_DIR/attachments/. `draft`: when it was uploaded, until a message names it."""

    owner = OwnerField()
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    created = models.DateTimeField(auto_now_add=True)
    draft = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="upload_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.owner})"


class Share(models.Model):
    """A link by which anyone may read (a part of) a conversation. Only its token's SHA-256 is kept: the link
    is shown once, when it is made.

    `messages`: ids of what may be read; null: whatever stands on the path, later messages too. `branch`: its
    name, where one was shared and not what is shown. `calls`: what tools were asked and gave may be read."""

    revocable = True
    conversation = models.CharField(max_length=24)
    owner = OwnerField()
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=8, editable=False)
    branch = models.CharField(max_length=200, blank=True)
    head = models.CharField(max_length=200)
    messages = models.JSONField(null=True)
    attachments = models.BooleanField(default=False)
    calls = models.BooleanField(default=False)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["conversation", "owner"], name="share_conversation")]

    def __str__(self) -> str:
        return f"{self.hint}… ({self.conversation})"


class Memory(models.Model):
    """What a person tells every model: `about` themselves, and in which `style` they want answers."""

    owner = OwnerField(unique=True)
    about = models.TextField(blank=True)
    style = models.TextField(blank=True)
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.owner


class Remembered(models.Model):
    """One thing of a person's memory, in one line. What is not `on` is kept, and told nobody."""

    owner = OwnerField(db_index=True)
    text = models.CharField(max_length=300)
    on = models.BooleanField(default=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text


class Prompt(models.Model):
    """A text that a person keeps to write with again. `{{words}}` in it are filled in when it is used.
    `starter`: it is a button on their empty page."""

    owner = OwnerField(db_index=True)
    name = models.CharField(max_length=100)
    text = models.TextField()
    shared = models.BooleanField(default=False)
    starter = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class LaneSet(models.Model):
    """Lanes that a person keeps under a name, as conversations hold them (conversations/settings.py).
    `default`: new conversations begin with it; of one person one at most."""

    owner = OwnerField(db_index=True)
    name = models.CharField(max_length=100)
    lanes = models.JSONField()
    mode = models.CharField(max_length=20, default="parallel")
    history = models.CharField(max_length=20, default="own")
    relay = models.BooleanField(default=False)
    default = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="lane_set_once")]

    def __str__(self) -> str:
        return self.name


class Preferences(models.Model):
    """How a person has set the page (chat/actions/preferences.py)."""

    owner = OwnerField(unique=True)
    values = models.JSONField(default=dict)
    updated = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.owner


class Project(models.Model):
    """What a person's folder carries beside conversations; how much these may spend is a FolderBudget.
    `documents`: ids. Null, of what conversations can be set to: new ones begin as any other."""

    owner = OwnerField(db_index=True)
    folder = models.CharField(max_length=200)
    instructions = models.TextField(blank=True)
    documents = models.JSONField(default=list, blank=True)
    lanes = models.JSONField(null=True)
    tools = models.JSONField(null=True)
    web = models.BooleanField(null=True)

    class Meta:
        ordering = ["folder", "pk"]
        constraints = [models.UniqueConstraint(fields=["owner", "folder"], name="project_once")]

    def __str__(self) -> str:
        return self.folder


class Policy(models.TextChoices):
    """Whether a model's call of a tool runs."""

    ALLOW = "allow", _("allow")
    ASK = "ask", _("ask first")
    DENY = "deny", _("never")


class ToolRule(models.Model):
    """What the administrator says of a tool, or of all tools of a server. `deny` holds for everybody; the
    others until a person says otherwise for themselves."""

    tool = models.CharField(
        _("tool"),
        max_length=100,
        unique=True,
        validators=[RegexValidator(TOOL_OR_SERVER, _("Write the name of a tool, or mcp: and a server's."))],
        help_text=_("The name shown in Settings → Tools. mcp:server stands for all tools of that server."),
    )
    policy = models.CharField(
        _("policy"),
        max_length=5,
        choices=Policy,
        help_text=_("“Never” applies to everyone. The others apply until a user chooses for themselves."),
    )

    class Meta:
        ordering = ["tool"]
        verbose_name = _("rule for a tool")
        verbose_name_plural = _("rules for tools")

    def __str__(self) -> str:
        return f"{self.tool}: {self.get_policy_display()}"


class ToolServer(HasAudience):
    """A tool server at an address. Programs have no row: what runs on a machine is named in a file there."""

    name = models.CharField(
        _("name"),
        max_length=30,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters and digits, and '-' between them.")
            )
        ],
        help_text=_("Prefix of its tools' names: name__tool. Do not change it: policies use it."),
    )
    url = models.CharField(
        _("address"), max_length=500, help_text=_("For example https://tools.example/mcp (streamable HTTP).")
    )
    headers = EncryptedTextField(_("headers"), blank=True, default=Secret)
    allow_private = models.BooleanField(
        _("private address"),
        default=False,
        help_text=_("Also allow addresses in private networks and on this machine."),
    )
    client_id = models.CharField(
        _("client ID"),
        max_length=500,
        blank=True,
        help_text=_("For OAuth sign-in with a service that does not register clients automatically."),
    )
    client_secret = EncryptedTextField(_("client secret"), blank=True, default=Secret)
    enabled = models.BooleanField(_("enabled"), default=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        verbose_name = _("tool server")
        verbose_name_plural = _("tool servers")

    def __str__(self) -> str:
        return self.name


class WebSearch(models.Model):
    """The one row of who searches the web, where an administrator has set it in place of the environment.
    `service`: of chat/tools/search/services.py; empty: nobody. An empty address is the service's usual one,
    and without a key the environment's is used there."""

    service = models.CharField(_("service"), max_length=20, blank=True)
    address = models.CharField(_("address"), max_length=500, blank=True)
    key = EncryptedTextField(_("key"), blank=True, default=Secret)

    class Meta:
        verbose_name = verbose_name_plural = _("web search")

    def __str__(self) -> str:
        return self.service


class ToolChoice(models.Model):
    """What a person says of a tool, for themselves."""

    owner = OwnerField()
    tool = models.CharField(max_length=64)
    policy = models.CharField(max_length=5, choices=Policy)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "tool"], name="one_choice_a_tool")]

    def __str__(self) -> str:
        return f"{self.tool}: {self.policy} ({self.owner})"


class ToolClient(models.Model):
    """What Divan is to whoever signs people in to a tool server (OAuth): as what it is registered there, and
    where that is. It belongs to the server's address, and to the address of Divan that people come back to.
    `facts`: JSON (chat/tools/mcp/oauth/flow.py)."""

    url = models.CharField(max_length=2000)
    redirect_uri = models.CharField(max_length=500)
    facts = EncryptedTextField(default=Secret)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["url", "redirect_uri"], name="one_tool_client")]

    def __str__(self) -> str:
        return self.redirect_uri


class ToolSignIn(models.Model):
    """That a person has signed in to the tool server at an address; without an owner an administrator did so
    for everybody who has not. `tokens`: JSON. They are sent to that address and nowhere else, whatever its
    server is called later."""

    owner = OwnerField(blank=True)
    url = models.CharField(max_length=2000)
    client = models.ForeignKey(ToolClient, on_delete=models.CASCADE)
    tokens = EncryptedTextField(default=Secret)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "url"], name="one_tool_sign_in")]

    def __str__(self) -> str:
        return self.owner
