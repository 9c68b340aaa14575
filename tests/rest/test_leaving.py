"""What becomes of what somebody had: handed over, kept for the administrator, or removed for good."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.rest.conftest import Client
from tests.rest.test_accounts import ITEMS, acting, make, run, seen, status_of
from tests.rest.test_owners import SECRET, one_of_each
from tests.services.server import Divan


async def filled(divan: Divan, name: str) -> dict[str, Any]:
    """One of each, a conversation more in the trash, and what was seen of it."""
    make(divan, name)
    async with acting(divan, name) as client:
        things = await one_of_each(client)
        made = await client(
            "POST", "/api/conversations", {"title": SECRET, "lanes": [{"model": "echo/echo"}]}
        )
        assert (await client("DELETE", f"/api/conversations/{made.body['id']}")).status == 204
        return {**things, "trashed": made.body["id"], "seen": await seen(client, things)}


def files_of(divan: Divan, things: dict[str, Any]) -> list[str]:
    """What of it lies in the data folder, by its names and its words."""
    found = []
    for path in sorted(divan.data_dir.rglob("*")):
        if path.is_file() and "logs" not in path.parts and not path.name.startswith("divan.sqlite3"):
            named = any(things[name] in path.name for name in ("conversation", "trashed", "sha256"))
            if named or SECRET.encode() in path.read_bytes():
                found.append(str(path.relative_to(divan.data_dir)))
    return found


async def lacking(heir: Client, things: dict[str, Any]) -> set[str]:
    found = await seen(heir, things)
    return {path for path in ITEMS if not found[path]}


@pytest.fixture
def divan(start_server: Callable[..., Divan]) -> Divan:
    return start_server(env={"AUTH_MODE": "accounts"})


async def test_what_is_handed_over_is_the_heirs(divan: Divan) -> None:
    things = await filled(divan, "cem")
    make(divan, "ayla")
    async with acting(divan, "ayla") as ayla:
        # The same file, and documents of her own: nothing collides.
        await one_of_each(ayla)
    said = divan.manage("delete_user", "cem", "--hand-over-to", "ayla")
    assert "2 conversations" in said
    assert "1 testsets" in said
    assert said.strip().endswith("handed over to ayla.")
    divan.restart()
    make(divan, "cem")
    async with acting(divan, "ayla") as ayla, acting(divan, "cem") as new:
        # The document is hers already, once.
        assert await lacking(ayla, things) == {"/api/documents/{document}"}
        assert not any((await seen(new, things)).values())
        assert (await ayla("POST", f"/api/conversations/{things['trashed']}/restore")).status == 200
    assert await status_of(divan, things["link"]) == 404
    path = divan.data_dir / "conversations" / f"{things['conversation']}.jsonl"
    first = json.loads(path.read_text().splitlines()[0])
    owner = run(divan, "print(User.objects.get(username='ayla').owner_id)").splitlines()[-1]
    assert (first["owner"], first["owner_name"]) == (owner, "ayla")
    assert divan.manage("verify_chats")


async def test_what_is_kept_is_nobodys_until_it_is_handed_over(divan: Divan) -> None:
    things = await filled(divan, "cem")
    owner = run(divan, "print(User.objects.get(username='cem').owner_id)").splitlines()[-1]
    assert divan.manage("delete_user", "cem", "--keep").strip().endswith("kept for the administrator.")
    make(divan, "cem")
    async with acting(divan, "cem") as new:
        assert not any((await seen(new, things)).values())
        divan.manage("delete_user", owner, "--hand-over-to", "cem")
        # A running server sees within seconds that files were replaced, one that starts at once.
        divan.restart()
        assert await lacking(new, things) == set()
    assert await status_of(divan, things["link"]) == 404


async def test_what_is_removed_is_gone_from_the_disk_and_said(divan: Divan) -> None:
    things = await filled(divan, "cem")
    assert files_of(divan, things)
    said = divan.manage("delete_user", "cem", "--remove")
    for part in (
        "2 conversations",
        "1 in trash",
        "1 attachments",
        "1 documents",
        "1 prompts",
        "1 personas",
        "1 memory",
        "1 testsets",
    ):
        assert part in said
    assert files_of(divan, things) == []
    assert run(
        divan, "from core.models import Owner; print(Owner.objects.filter(name='cem').count())"
    ).endswith("0")
    with pytest.raises(RuntimeError, match="no other user named"):
        divan.manage("delete_user", "cem", "--hand-over-to", "nobody")
