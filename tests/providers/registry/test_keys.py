import logging
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core import serializers
from django.core.management import CommandError, call_command
from django.db import connection

from providers import crypto
from providers.configuration.rows import get_rows
from providers.crypto import UnreadableSecret
from providers.models import Server
from providers.types import Secret

pytestmark = pytest.mark.django_db
KEY = "sk-very-secret"


@pytest.fixture
def server() -> Server:
    return Server.objects.create(name="alpha", provider="echo", key=KEY, headers="X-Token: hidden")


def raw() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select key || headers from providers_server where name = 'alpha'")
        return str(cursor.fetchone()[0])


def test_a_key_is_encrypted_in_the_database_and_readable_by_divan(server: Server) -> None:
    assert KEY not in raw()
    assert "hidden" not in raw()
    assert Server.objects.get(name="alpha").key.reveal() == KEY
    assert Server.objects.get(name="alpha").config().headers == {"X-Token": "hidden"}


def test_the_encryption_key_is_readable_by_its_owner_alone(server: Server, data_dir: Path) -> None:
    assert (data_dir / "encryption_keys").stat().st_mode & 0o777 == 0o600


def test_a_key_is_in_no_text_of_the_row_and_in_no_fixture(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    row = Server.objects.get(name="alpha")
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("providers").info("%r %s", row.config(), row.__dict__)
    assert KEY not in caplog.text
    assert KEY not in serializers.serialize("json", [row])


@pytest.mark.parametrize("change", [{"base_url": "http://elsewhere.test"}, {"provider": "ollama"}])
def test_a_key_goes_when_its_address_changes(server: Server, change: dict[str, str]) -> None:
    row = Server.objects.get(name="alpha")
    for name, value in change.items():
        setattr(row, name, value)
    row.save(update_fields=list(change))
    row.refresh_from_db()
    assert not row.key
    assert not row.headers


def test_a_key_that_is_entered_with_the_new_address_is_kept(server: Server) -> None:
    row = Server.objects.get(name="alpha")
    row.base_url, row.key = "http://elsewhere.test", Secret("another")
    row.save()
    assert Server.objects.get(name="alpha").key.reveal() == "another"


def test_other_edits_keep_the_key(server: Server) -> None:
    row = Server.objects.get(name="alpha")
    row.order = 3
    row.save()
    assert Server.objects.get(name="alpha").key.reveal() == KEY


def test_rotation_writes_all_rows_under_a_new_key_and_drops_the_old(server: Server) -> None:
    before, keys = raw(), crypto.load_keys()
    call_command("rotate_keys", stdout=StringIO())
    assert raw() != before
    assert Server.objects.get(name="alpha").key.reveal() == KEY
    assert len(crypto.load_keys()) == 1
    assert crypto.load_keys() != keys


def test_keys_of_the_environment_are_used_in_their_order(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = crypto.load_keys()[0], Fernet.generate_key().decode()
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{new},{old}")
    assert Server.objects.get(name="alpha").key.reveal() == KEY
    call_command("rotate_keys", stdout=StringIO())
    monkeypatch.setenv("ENCRYPTION_KEYS", new)
    assert Server.objects.get(name="alpha").key.reveal() == KEY


def test_without_the_encryption_key_a_row_works_as_if_it_had_no_key_and_loses_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", Fernet.generate_key().decode())
    row = Server.objects.get(name="alpha")
    assert isinstance(row.key, UnreadableSecret)
    assert not row.config().key
    row.order = 7
    row.save()
    with pytest.raises(CommandError, match="alpha"):
        call_command("rotate_keys", stdout=StringIO())
    monkeypatch.delenv("ENCRYPTION_KEYS")
    assert Server.objects.get(name="alpha").key.reveal() == KEY


def test_a_header_that_is_none_leaves_only_its_own_server_out(
    add_server: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    add_server("alpha", "one", headers="no colon")
    add_server("beta", "one")
    assert "beta" in get_rows().servers
    assert "alpha" not in get_rows().servers
    assert "alpha" in caplog.text


def test_all_that_is_kept_encrypted_is_encrypted_anew(data_dir: Path) -> None:
    rows: dict[Any, Any] = {}
    for model, fields in crypto.kept_models():
        leans_on = {one.name: rows[one.related_model] for one in model._meta.fields if one.is_relation}
        rows[model] = model._default_manager.create(**dict.fromkeys(fields, KEY), **leans_on)
    assert len(rows) >= 3
    call_command("rotate_keys", stdout=StringIO())
    for model, fields in crypto.kept_models():
        kept = model._default_manager.get(pk=rows[model].pk)
        assert [getattr(kept, name).reveal() for name in fields] == [KEY] * len(fields)
