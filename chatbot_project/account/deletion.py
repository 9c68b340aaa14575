"""In the admin: an account is deleted only once it is said what becomes of its data; then it is told how much
that was. `manage.py delete_user` does the same."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chat.actions.account_deletion import delete_account
from chat.engine import current_engine
from chat.people.disposal import DisposalReport, Fate
from core.accounts import owner_of_user

FATES = [
    (
        Fate.HAND_OVER,
        gettext_lazy("Hand it over to another person (but for memory, which is about this one)"),
    ),
    (Fate.KEEP, gettext_lazy("Keep it for the administrator, who can hand it over later")),
    (Fate.REMOVE, gettext_lazy("Delete it permanently")),
]
COUNTED = {
    "conversations": gettext_lazy("Conversations"),
    "in_trash": gettext_lazy("In the trash"),
    "attachments": gettext_lazy("Attachments"),
    "documents": gettext_lazy("Documents"),
    "prompts": gettext_lazy("Prompts"),
    "personas": gettext_lazy("Personas"),
    "memory": gettext_lazy("Memory"),
    "testsets": gettext_lazy("Test sets"),
    "links": gettext_lazy("Links"),
    "spending": gettext_lazy("Lines of spending"),
}


if TYPE_CHECKING:
    UserChoice = forms.ModelChoiceField[User]
else:
    UserChoice = forms.ModelChoiceField


class HeirField(UserChoice):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_username())


class DeletionForm(forms.Form):
    """Asks what becomes of what the person has; nothing is chosen beforehand."""

    fate = forms.ChoiceField(
        label=gettext_lazy("What becomes of the data"), choices=FATES, widget=forms.RadioSelect
    )
    heir = HeirField(label=gettext_lazy("Hand over to"), queryset=User.objects.none(), required=False)

    def __init__(self, leaving: Any, data: Any = None) -> None:
        super().__init__(data)
        self.leaving = leaving
        others = get_user_model()._default_manager.exclude(pk=leaving.pk)
        self.fields["heir"].queryset = others.order_by("username")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("fate") == Fate.HAND_OVER and given.get("heir") is None and "heir" not in self.errors:
            self.add_error("heir", _("Say who is to have it."))
        return given

    def delete(self) -> DisposalReport:
        """To be called where the form is valid. Blocks."""
        owner, fate = str(owner_of_user(self.leaving).pk), Fate(self.cleaned_data["fate"])
        heir = str(owner_of_user(self.cleaned_data["heir"]).pk) if fate is Fate.HAND_OVER else ""
        async_to_sync(stop_answers)(owner)
        return delete_account(owner, fate, heir)


async def stop_answers(owner: str) -> None:
    await current_engine().stop_answers_of(owner)


def show_result(request: HttpRequest, name: str, report: DisposalReport) -> None:
    counts = ", ".join(f"{label}: {count}" for label, count in count_belongings(report))
    said = _("The account {name} was deleted. {counts}").format(
        name=name, counts=counts or _("There was no data.")
    )
    messages.success(request, said)
    for failure in report.failed:
        messages.error(request, failure)


def count_belongings(report: DisposalReport) -> Iterator[tuple[str, int]]:
    for name, count in report.counts().items():
        if count:
            yield str(COUNTED[name]), count
