"""The admin's forms: keys go in and never come out, lists are written one a line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from providers import connectors
from providers.configuration.transfer import SERVER_FIELDS
from providers.models import CAPABILITIES, Model, Server, parse_headers, provider_choices, validate_key
from providers.types import Secret

FIELDS_OF_A_SERVICE = (
    "base_url",
    "new_key",
    "new_headers",
    "connect_timeout",
    "first_byte_timeout",
    "chunk_timeout",
)
"""They mean nothing to a provider that asks no service."""

CAPABILITY_LABELS = {
    "chat": _("conversation"),
    "vision": _("sees images"),
    "tools": _("uses tools"),
    "thinking": _("thinks first"),
    "embeddings": _("embeddings"),
}


class ServerForm(forms.ModelForm):  # type: ignore[type-arg]
    provider = forms.ChoiceField(label=_("Provider"), choices=provider_choices)
    new_key = forms.CharField(
        label=_("Key"),
        required=False,
        strip=True,
        widget=forms.PasswordInput(
            render_value=False, attrs={"autocomplete": "new-password", "class": "vTextField"}
        ),
    )
    remove_key = forms.BooleanField(label=_("Remove the key"), required=False)
    new_headers = forms.CharField(
        label=_("Headers"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField", "autocomplete": "off"}),
    )
    remove_headers = forms.BooleanField(label=_("Remove the headers"), required=False)

    class Meta:
        model = Server
        fields = (*SERVER_FIELDS, "groups")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Left out it stays as it is.
        self.fields["visibility"].required = False
        kept = self.instance.key if self.instance.pk else Secret()
        self.fields["new_key"].help_text = (
            gettext(
                "A key is kept. It is never shown; leave this empty to keep it. "
                "It goes when the address changes."
            )
            if kept
            else gettext("Kept encrypted, and never shown again.")
        )
        self.fields["new_headers"].help_text = headers_help(self.instance)
        if not kept:
            del self.fields["remove_key"]
        if not (self.instance.pk and self.instance.headers):
            del self.fields["remove_headers"]
        offline = connectors.declaration_of(self.instance.provider).is_offline
        for name in FIELDS_OF_A_SERVICE if offline else ():
            self.fields.pop(name, None)

    def clean_new_key(self) -> str:
        key: str = self.cleaned_data["new_key"]
        validate_key(key)
        return key

    def clean_new_headers(self) -> str:
        text: str = self.cleaned_data["new_headers"]
        parse_headers(text)
        return text

    def save(self, commit: bool = True) -> Any:
        if self.cleaned_data.get("remove_key"):
            self.instance.key = Secret()
        if self.cleaned_data.get("remove_headers"):
            self.instance.headers = Secret()
        if key := self.cleaned_data.get("new_key"):
            self.instance.key = Secret(key)
        if headers := self.cleaned_data.get("new_headers"):
            self.instance.headers = Secret(headers)
        return super().save(commit)


def headers_help(server: Server) -> str:
    how = gettext(
        "One 'Name: value' a line, sent with each request. Kept encrypted; values are never shown again."
    )
    if not (server.pk and server.headers):
        return how
    names = parse_headers(server.headers.reveal())
    shown = format_html_join(", ", "<code>{}</code>", ((name,) for name in names))
    kept = format_html(gettext("Kept now: {}. Leave empty to keep them."), shown or gettext("none"))
    return format_html("{} {}", how, kept)


class LinesField(forms.CharField):
    """A JSON list of texts, written one a line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class CapabilitiesField(forms.MultipleChoiceField):
    """Nothing chosen is None: as the service says."""

    widget = forms.CheckboxSelectMultiple

    def clean(self, value: Any) -> Any:
        return super().clean(value) or None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or []) != set(data or [])


class ModelForm(forms.ModelForm):  # type: ignore[type-arg]
    candidates = LinesField(
        required=False,
        label=_("Candidates"),
        help_text=_(
            "Model ids, one a line, in order of preference: the first that the server has answers. "
            "For a name of your own that outlives the ids of the service. Leave empty for a plain model."
        ),
    )
    capabilities = CapabilitiesField(
        required=False,
        label=_("Capabilities"),
        choices=[(name, CAPABILITY_LABELS[name]) for name in CAPABILITIES],
        help_text=_("Choose none to take what the service says."),
    )

    class Meta:
        model = Model
        exclude = ("edited",)  # noqa: DJ006

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in meaningless_fields(self.instance):
                self.fields.pop(name, None)


def meaningless_fields(model: Model) -> frozenset[str]:
    """The parameters that no request to the model carries. Its window is none of them: where it is not sent,
    it is still what an administrator knows of the model. Empty where the server's headers cannot be read."""
    try:
        server = model.server.config()
    except ValidationError:
        return frozenset()
    first = model.candidates[0] if model.candidates else model.model_id
    return connectors.declaration_of(server.provider).unsupported_fields(server, first) - {"context_length"}
