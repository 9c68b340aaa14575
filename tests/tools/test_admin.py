"""What an administrator sees of tools."""

import asyncio

import pytest
from aiohttp import web
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings

from chat.models import ToolRule
from tests.tools.conftest import UseService
from tests.upstreams.search import SearchServices

RULES = "/admin/chat/toolrule/"


@pytest.fixture(autouse=True)
def accounts(settings: Settings) -> None:
    settings.AUTH_MODE = "accounts"


def client_of(*, superuser: bool = True) -> Client:
    client = Client(headers={"host": "127.0.0.1", "accept-language": "en"})
    client.force_login(User.objects.create_user("ann", is_staff=True, is_superuser=superuser))
    return client


def check(client: Client) -> str:
    return client.post(f"{RULES}check-search/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
async def test_the_check_says_what_to_mend_and_that_it_works(
    use: UseService, services: SearchServices
) -> None:
    client = await sync_to_async(client_of)()
    assert "Check web search" in (await asyncio.to_thread(client.get, RULES)).content.decode()
    assert "SEARCH_PROVIDER" in await asyncio.to_thread(check, client)
    use("searxng")
    services.formats = ["html"]
    assert "search.formats" in await asyncio.to_thread(check, client)
    services.formats = ["json"]
    assert "The web can be searched: 2 results." in await asyncio.to_thread(check, client)
    use("brave")
    services.answers = [web.Response(status=401)]
    assert "BRAVE_API_KEY" in await asyncio.to_thread(check, client)


@pytest.mark.django_db(transaction=True)
async def test_nobody_else_may_check_and_a_link_does_not(use: UseService, services: SearchServices) -> None:
    use("searxng")
    client = await sync_to_async(lambda: client_of(superuser=False))()
    refused = await asyncio.to_thread(client.post, f"{RULES}check-search/")
    linked = await asyncio.to_thread(client.get, f"{RULES}check-search/")
    assert (refused.status_code, linked.status_code) == (403, 405)
    assert services.asked == []


@pytest.mark.django_db
def test_a_rule_is_made_in_the_admin() -> None:
    client = client_of()
    refused = client.post(f"{RULES}add/", {"tool": "two words", "policy": "deny"})
    assert "mcp:" in refused.content.decode()
    client.post(f"{RULES}add/", {"tool": "mcp:files", "policy": "deny"})
    assert [(rule.tool, rule.policy) for rule in ToolRule.objects.all()] == [("mcp:files", "deny")]
