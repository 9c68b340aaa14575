import re
from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import translation

from providers.costs import budgets
from providers.errors import ProviderError
from providers.models import Model, Server, Spending
from tests.providers.registry.fakes import FakeConnector, Script

AddServer = Callable[..., Server]
KEY = "sk-very-secret"


@pytest.fixture
def page(transactional_db: None) -> Iterator[Client]:
    with override_settings(
        ROOT_URLCONF="tests.providers.registry.urls",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
    ):
        client = Client()
        client.force_login(User.objects.create_superuser("boss"))
        yield client


def form(**values: Any) -> dict[str, Any]:
    return {
        "name": "alpha",
        "provider": "fake",
        "base_url": "http://alpha.test",
        "order": 50,
        "enabled": "on",
    } | values


def act(page: Client, action: str, *rows: Server) -> str:
    answer = page.post(
        "/admin/providers/server/",
        {"action": action, "_selected_action": [row.pk for row in rows]},
        follow=True,
    )
    return answer.content.decode()


def test_a_key_goes_in_and_is_never_shown_again(page: Client) -> None:
    added = page.post("/admin/providers/server/add/", form(new_key=KEY, new_headers="X-Token: s3cr3t"))
    assert added.status_code == 302, added.context["errors"]
    row = Server.objects.get(name="alpha")
    assert row.key.reveal() == KEY
    assert row.config().headers == {"X-Token": "s3cr3t"}
    for path in (f"{row.pk}/change/", "", f"{row.pk}/history/"):
        text = page.get(f"/admin/providers/server/{path}").content.decode()
        assert KEY not in text
        assert "s3cr3t" not in text
    assert "X-Token" in page.get(f"/admin/providers/server/{row.pk}/change/").content.decode()


def test_saving_without_a_new_key_keeps_it(page: Client, add_server: AddServer) -> None:
    row = add_server("alpha", key=KEY)
    page.post(f"/admin/providers/server/{row.pk}/change/", form(order=3))
    row.refresh_from_db()
    assert (row.order, row.key.reveal()) == (3, KEY)


def test_another_address_clears_the_key_and_says_so(page: Client, add_server: AddServer) -> None:
    row = add_server("alpha", key=KEY)
    answer = page.post(
        f"/admin/providers/server/{row.pk}/change/", form(base_url="http://evil.test"), follow=True
    )
    row.refresh_from_db()
    assert not row.key
    assert "was removed" in answer.content.decode()


def test_another_address_with_a_key_keeps_that_key(page: Client, add_server: AddServer) -> None:
    row = add_server("alpha", key=KEY)
    page.post(f"/admin/providers/server/{row.pk}/change/", form(base_url="http://new.test", new_key="other"))
    row.refresh_from_db()
    assert (row.base_url, row.key.reveal()) == ("http://new.test", "other")


def test_a_key_can_be_removed(page: Client, add_server: AddServer) -> None:
    row = add_server("alpha", key=KEY)
    page.post(f"/admin/providers/server/{row.pk}/change/", form(remove_key="on"))
    row.refresh_from_db()
    assert not row.key


def test_an_edit_ends_following_the_environment(page: Client, add_server: AddServer) -> None:
    row = add_server("alpha", follows_environment=True)
    page.post(f"/admin/providers/server/{row.pk}/change/", form(order=3))
    row.refresh_from_db()
    assert not row.follows_environment


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"base_url": "ftp://x"}, "must start with http"),
        ({"base_url": "http://user:pw@x"}, "must not hold a user name"),
        ({"base_url": "http://x/?key=1"}, "must end before"),
        ({"name": "with/slash"}, "no &#x27;/&#x27;"),
        ({"name": "search"}, "word of the API"),
        ({"provider": "openai", "base_url": ""}, "needs its address"),
        ({"new_key": "two words"}, "one word"),
        ({"new_headers": "no colon"}, "one header a line"),
        ({"new_headers": "X: a\x01b"}, "no header may hold"),
        ({"connect_timeout": "0"}, "greater than or equal"),
    ],
)
def test_a_mistake_is_said_in_words(page: Client, values: dict[str, str], said: str) -> None:
    answer = page.post("/admin/providers/server/add/", form(**values))
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Server.objects.filter(name="alpha").exists()


def test_checking_the_connection_says_what_is_there_and_what_is_wrong(
    page: Client, add_server: AddServer
) -> None:
    well = add_server("alpha", "one", "two")
    ill = add_server("beta", script=Script(error=ProviderError("auth", "HTTP 401")))
    text = act(page, "check_connection", well, ill)
    assert "Server alpha answers: 2 models" in text
    assert "It refuses the key" in text
    assert all(connector.closed for connector in FakeConnector.made)


def test_saving_a_server_says_at_once_whether_it_answers(page: Client) -> None:
    FakeConnector.scripts["http://alpha.test"] = Script(error=ProviderError("unreachable"))
    answer = page.post("/admin/providers/server/add/", form(), follow=True)
    assert "Server alpha: Nothing answers at its address." in answer.content.decode()


def test_the_list_shows_health_and_the_last_error_in_the_readers_language(
    page: Client, add_server: AddServer
) -> None:
    well = add_server("alpha", "one")
    ill = add_server("beta", script=Script(error=ProviderError("auth", "HTTP 401")))
    add_server("gamma", enabled=False)
    act(page, "check_connection", well, ill)
    with translation.override("tr"):
        text = page.get("/admin/providers/server/").content.decode()
    assert 'data-status="healthy"' in text
    assert "yanıt veriyor" in text
    assert "Anahtarı kabul etmiyor" in text
    assert "kapalı" in text


def test_a_form_has_only_what_the_provider_knows(page: Client, add_server: AddServer) -> None:
    echo = add_server("echo", provider="echo")
    model = Model.objects.create(
        server=add_server("oa", provider="openai", base_url="https://api.openai.com/v1"), model_id="m"
    )
    server = page.get(f"/admin/providers/server/{echo.pk}/change/").context["adminform"].form
    parameters = page.get(f"/admin/providers/model/{model.pk}/change/").context["adminform"].form
    assert {"base_url", "new_key"} & set(server.fields) == set()
    assert {"top_p", "top_k"} & set(parameters.fields) == {"top_p"}


def test_fetching_adds_rows_and_never_touches_edited_ones(page: Client, add_server: AddServer) -> None:
    server = add_server("alpha", "one", "two")
    Model.objects.create(server=server, model_id="two", enabled=False, temperature=0.3)
    assert "Server alpha: 1 new here, 0 no longer there" in act(page, "fetch_models", server)
    FakeConnector.scripts[server.base_url].models = ("three",)
    assert "Server alpha: 1 new here, 1 no longer there" in act(page, "fetch_models", server)
    rows = {row.model_id: row for row in Model.objects.all()}
    assert set(rows) == {"two", "three"}
    assert (rows["two"].enabled, rows["two"].temperature) == (False, 0.3)


def test_servers_are_switched_off_and_on(page: Client, add_server: AddServer) -> None:
    row = add_server("alpha", follows_environment=True)
    act(page, "disable", row)
    row.refresh_from_db()
    assert (row.enabled, row.follows_environment) == (False, False)
    act(page, "enable", row)
    row.refresh_from_db()
    assert row.enabled


def test_a_row_can_follow_the_environment_again(
    page: Client, add_server: AddServer, environment: Callable[..., None]
) -> None:
    environment(OLLAMA_BASE_URL="http://from-env:11434")
    row = add_server("ollama", provider="ollama")
    act(page, "follow_environment", row)
    row.refresh_from_db()
    assert row.base_url == "http://from-env:11434"


def test_a_model_is_set_and_counts_as_edited(page: Client, add_server: AddServer) -> None:
    server = add_server("alpha")
    Model.objects.create(server=server, model_id="flash", edited=False)
    row = Model.objects.get()
    answer = page.post(
        f"/admin/providers/model/{row.pk}/change/",
        {
            "server": server.pk,
            "model_id": "flash",
            "candidates": "a\n b \n\nc",
            "capabilities": ["chat", "vision"],
            "order": 5,
            "enabled": "on",
            "streaming": "on",
            "visibility": "everyone",
            "temperature": "0.4",
        },
    )
    assert answer.status_code == 302, answer.context["errors"]
    row.refresh_from_db()
    assert row.candidates == ["a", "b", "c"]
    assert row.capabilities == ["chat", "vision"]
    assert row.edited


def test_one_price_without_the_other_is_refused(page: Client, add_server: AddServer) -> None:
    server = add_server("alpha")
    answer = page.post(
        "/admin/providers/model/add/",
        {"server": server.pk, "model_id": "m", "order": 5, "visibility": "everyone", "price_input": "1"},
    )
    assert "Give both prices" in answer.content.decode()


def test_the_lists_and_forms_open(page: Client, add_server: AddServer) -> None:
    server = add_server("alpha", key=KEY)
    model = Model.objects.create(server=server, model_id="m", price_input=1, price_output=2)
    for path in (
        "server/",
        "server/add/",
        f"server/{server.pk}/change/",
        f"server/{server.pk}/delete/",
        "model/",
        "model/add/",
        f"model/{model.pk}/change/",
        "budget/",
        "budget/add/",
        "persona/",
        "persona/add/",
        "spending/",
    ):
        assert page.get(f"/admin/providers/{path}").status_code == 200


@pytest.mark.parametrize(("language", "words"), [("tr", "özet"), ("ru", "сводка")])
def test_what_was_paid_for_is_named_in_the_administrators_language(
    page: Client, language: str, words: str
) -> None:
    assert set(Spending.Kind.values) == set(get_args(budgets.Kind))
    row = Spending.objects.create(day=budgets.utc_today(), owner="ada", model="s/m", kind="summary")
    with translation.override(language):
        for path in ("", f"{row.pk}/change/"):
            text = page.get(f"/admin/providers/spending/{path}").content.decode()
            assert words in text
            assert "summary" not in re.sub(r"<[^>]*>", "", text)


def test_spending_is_only_read(page: Client) -> None:
    row = Spending.objects.create(day=budgets.utc_today(), owner="ada", model="s/m", kind="answer")
    shown = page.get(f"/admin/providers/spending/{row.pk}/change/").content.decode()
    assert "deletelink" not in shown
    delete = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    page.post("/admin/providers/spending/", delete)
    assert page.post(f"/admin/providers/spending/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Spending.objects.filter(pk=row.pk).exists()


@pytest.mark.parametrize(("language", "count"), [("tr", "2 sunucu\n"), ("en", "2 servers\n")])
def test_what_is_counted_is_singular_in_turkish(
    page: Client, add_server: AddServer, language: str, count: str
) -> None:
    for name in ("alpha", "beta"):
        add_server(name)
    with translation.override(language):
        assert count in page.get("/admin/providers/server/").content.decode()
