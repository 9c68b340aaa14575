import json
import tomllib
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command

from providers.configuration.transfer import TransferError, export_text, import_text
from providers.errors import ProviderError
from providers.models import Model, Server
from tests.providers.registry.fakes import Script
from tests.services.server import environment, run_manage

AddServer = Callable[..., Server]
ODD = 'quote " back\\slash\ttab \x7f \x01 line\nend ğüşiöç \U0001f600'


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_table_shows_every_server_that_answers(add_server: AddServer) -> None:
    add_server("alpha", "one", "two")
    lines = run("check_servers").splitlines()
    assert lines[0].split() == ["server", "provider", "address", "status", "models", "ms"]
    assert lines[1].split()[:5] == ["alpha", "fake", "http://alpha.test", "healthy", "2"]
    assert lines[2].split()[:4] == ["echo", "echo", "-", "healthy"]


def test_one_server_that_is_down_fails_the_command_and_the_others_are_still_shown(
    add_server: AddServer,
) -> None:
    add_server("alpha", "one")
    add_server("dead", script=Script(error=ProviderError("unreachable")))
    add_server("hung", script=Script(hangs=True))
    out = StringIO()
    with pytest.raises(CommandError, match="2 of 4 not answering: dead, hung"):
        call_command("check_servers", "--timeout", "0.2", "--output", "json", stdout=out)
    told = {line["server"]: line for line in json.loads(out.getvalue())}
    assert told["alpha"]["status"] == "healthy"
    assert (told["alpha"]["models_count"], type(told["alpha"]["latency_ms"])) == (1, int)
    assert told["alpha"]["error"] is None
    assert (told["dead"]["models_count"], told["dead"]["latency_ms"]) == (None, None)
    assert told["echo"]["address"] is None
    assert "Nothing answers" in told["dead"]["error"]
    assert "in time" in told["hung"]["error"]


def test_single_servers_are_checked_by_name(add_server: AddServer) -> None:
    add_server("alpha", "one")
    add_server("dead", script=Script(error=ProviderError("unreachable")))
    assert "alpha" in run("check_servers", "alpha")
    with pytest.raises(CommandError, match="No server is named 'nobody'"):
        run("check_servers", "nobody")


def test_a_database_that_is_none_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "divan.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(RuntimeError, match=r"error: The database cannot be used: file is not a") as caught:
        run_manage(("check_servers",), environment(tmp_path, {}))
    assert "Traceback" not in str(caught.value)


def filled(add_server: AddServer) -> None:
    server = add_server("alpha", key="sk-secret", headers="X: hidden", connect_timeout=2.5, max_concurrent=3)
    Model.objects.create(
        server=server,
        model_id="org/m:7b",
        name=ODD,
        candidates=["a", "b"],
        temperature=0.0,
        top_p=0.9,
        price_input=1e-7,
        price_output=2,
        capabilities=["chat"],
        thinking="low",
        system_prompt=ODD,
        visibility="staff",
        enabled=False,
    )
    Model.objects.get().groups.add(Group.objects.create(name="editors"))
    beta = add_server("beta", enabled=False, visibility="groups")
    beta.groups.set([Group.objects.get(name="editors"), Group.objects.create(name="writers")])


def test_what_is_exported_is_imported_the_same(add_server: AddServer, tmp_path: Path) -> None:
    filled(add_server)
    path = tmp_path / "models.toml"
    run("export_models", str(path))
    Server.objects.all().delete()
    said = run("import_models", str(path))
    assert "Changed: servers 2, models 1." in said
    assert "Without a key: alpha, beta." in said
    assert export_text() == path.read_text(encoding="utf-8")
    model = Model.objects.get(model_id="org/m:7b")
    assert (model.system_prompt, model.temperature, model.enabled) == (ODD, 0.0, False)
    beta = Server.objects.get(name="beta")
    assert beta.visibility == "groups"
    assert set(beta.groups.values_list("name", flat=True)) == {"editors", "writers"}
    assert "servers 0, models 0. As they were: 4." in run("import_models", str(path))
    beta.groups.clear()
    assert "Changed: servers 1, models 0." in run("import_models", str(path))
    assert beta.groups.count() == 2


def test_keys_and_headers_are_not_exported(add_server: AddServer) -> None:
    filled(add_server)
    text = run("export_models", "-")
    assert "sk-secret" not in text
    assert "hidden" not in text
    assert tomllib.loads(text)["servers"][0]["name"] == "alpha"


def test_an_import_keeps_the_key_of_a_server_that_stays_where_it_is(add_server: AddServer) -> None:
    filled(add_server)
    text = export_text().replace("connect_timeout = 2.5", "connect_timeout = 9.0")
    report = import_text(text)
    assert (report.servers, report.models, report.unchanged) == (1, 0, 2)
    row = Server.objects.get(name="alpha")
    assert (row.connect_timeout, row.key.reveal()) == (9.0, "sk-secret")


def test_an_import_that_moves_a_server_does_not_take_the_key_along(add_server: AddServer) -> None:
    filled(add_server)
    import_text(export_text().replace("http://alpha.test", "http://evil.test"))
    assert not Server.objects.get(name="alpha").key


def test_importing_twice_changes_nothing_the_second_time(add_server: AddServer) -> None:
    filled(add_server)
    report = import_text(export_text())
    assert (report.servers, report.models, report.unchanged) == (0, 0, 3)


def test_a_dry_run_writes_nothing(add_server: AddServer, tmp_path: Path) -> None:
    filled(add_server)
    path = tmp_path / "models.toml"
    path.write_text(export_text().replace("connect_timeout = 2.5", "connect_timeout = 9.0"))
    assert "Would change: servers 1, models 0. As they were: 2." in run(
        "import_models", str(path), "--dry-run"
    )
    assert Server.objects.get(name="alpha").connect_timeout == 2.5


NEW = 'format = 1\n[[servers]]\nname = "new"\nprovider = "fake"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("= nonsense", "not TOML"),
        ("", "format None"),
        ("format = 2", "format 2"),
        ("format = 1\nservers = 3", "list of tables"),
        (NEW.replace("[[servers]]", "[[server]]"), "no 'name'|no 'server'"),
        (NEW + "[[servers.models]]\nid = 'x'\ngroups = 'all'", "list of names"),
        ("format = 1\n[[servers]]\nprovider = 'fake'", "has no name"),
        (NEW + "bogus = 1", "no field 'bogus'"),
        (NEW + "key = 'sk'", "no field 'key'"),
        (NEW.replace("fake", "nobody"), "provider"),
        (NEW + "base_url = 'ftp://x'", "must start with http"),
        (NEW + "[[servers.models]]\nname = 'x'", "has no id"),
        (NEW + "[[servers.models]]\nid = 'x'\ntemperature = 9.0", "temperature"),
        (NEW + "[[servers.models]]\nid = 'x'\ntemperature = 'hot'", "temperature"),
        (NEW + "[[servers.models]]\nid = 'x'\ncapabilities = ['fly']", "Choose from"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole_and_says_where(
    transactional_db: None, text: str, said: str
) -> None:
    with pytest.raises(TransferError, match=said):
        import_text(text)
    assert not Server.objects.filter(name="new").exists()
