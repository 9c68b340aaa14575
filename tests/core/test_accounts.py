"""Accounts and the owners behind them."""

from typing import Any

import pytest
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from core.accounts import find_owner, name_of, owned_models, owner_id, user_of
from core.models import Owner

RESERVED = ("local", "Local", " LOCAL", "\uff4cocal", "0a1b2c3d-0000-4000-8000-0123456789ab")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def accounts(settings: Any) -> None:
    settings.AUTH_MODE = "accounts"


@pytest.mark.parametrize("taken", RESERVED)
def test_no_account_is_made_or_renamed_to_a_reserved_name(
    taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = User.objects.create_user("ada")
    with pytest.raises(ValidationError, match="reserved"):
        User.objects.create_user(taken)
    ada.username = taken
    with pytest.raises(ValidationError, match="reserved"):
        ada.save()
    form: Any = UserCreationForm({"username": taken, "password1": "w8k2mvo1-x", "password2": "w8k2mvo1-x"})
    assert "reserved" in str(form.errors["username"])
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long password")
    with pytest.raises(CommandError, match="reserved"):
        call_command("createsuperuser", interactive=False, username=taken, email="x@example.org")
    assert list(User.objects.values_list("username", flat=True)) == ["ada"]


def test_the_account_of_the_mode_without_accounts_can_still_be_changed(settings: Any) -> None:
    settings.AUTH_MODE = "local"
    local = User.objects.create_user("local")
    settings.AUTH_MODE = "accounts"
    local.is_active = False
    local.save()
    assert owner_id(local) != "local"
    assert user_of("local") is None


def test_an_owner_is_found_by_name_and_by_id_and_outlives_the_account() -> None:
    ada = User.objects.create_user("ada")
    owner = find_owner("ada")
    assert owner is not None
    assert (find_owner(owner), owner_id(ada), user_of(owner)) == (owner, owner, ada)
    ada.username = "countess"
    ada.save()
    assert (name_of(owner), find_owner("ada"), find_owner("countess")) == ("countess", None, owner)
    ada.delete()
    assert (find_owner(owner), find_owner("countess"), user_of(owner)) == (owner, None, None)
    assert Owner.objects.get(pk=owner).name == "countess"
    assert owner_id(User.objects.create_user("countess")) != owner


def test_users_that_were_written_past_the_signals_have_an_owner_too() -> None:
    User.objects.bulk_create([User(username="ada")])
    ada = User.objects.get(username="ada")
    assert owner_id(ada) == owner_id(User.objects.get(username="ada")) != ""


def test_everything_that_can_be_owned_says_so_in_one_kind_of_field() -> None:
    owned = {model._meta.label for model, _field in owned_models()}
    assert owned == {
        "chat.Upload",
        "core.Quota",
        "chat.Share",
        "chat.Memory",
        "chat.Remembered",
        "chat.Prompt",
        "chat.LaneSet",
        "chat.Preferences",
        "chat.Project",
        "chat.ToolChoice",
        "chat.ToolSignIn",
        "conversations.Conversation",
        "conversations.Response",
        "providers.Persona",
        "providers.Budget",
        "providers.FolderBudget",
        "providers.Reservation",
        "providers.Spending",
        "rag.Collection",
    }
