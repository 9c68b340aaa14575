"""What belongs to people outlives the database."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from chat.models import Memory, Prompt
from chat.people import folders, reconciliation, spending
from chat.people.kinds import KINDS
from providers.costs.ledger import FIGURES, Key, Ledger, written
from providers.models import Persona, Spending
from rag import access
from rag.models import Document
from tests.chat.test_answers import ECHO
from tests.chat.test_purging import told, uploaded
from tests.chat.test_rest import made, session
from tests.services.server import Divan

OWNERS = [
    "ada",
    "Ada",
    "ada.",
    "..",
    ".",
    "a/b",
    "a\\b",
    "çağrı",
    "аня",
    "CON",
    "x" * 150,
    "я" * 150,
    "%41da",
]


async def everything(http: Any, conversation: str) -> dict[str, Any]:
    asked = {
        "memory": "/api/memory",
        "prompts": "/api/prompts",
        "lane_sets": "/api/lane-sets",
        "preferences": "/api/preferences",
        "folder": "/api/folders/Work",
        "personas": "/api/models/personas",
        "documents": "/api/documents",
        "given": f"/api/documents?conversation={conversation}",
        "shares": f"/api/conversations/{conversation}/shares",
        "budget": "/api/models/budget",
        "tools": "/api/tools",
    }
    found = {}
    for name, path in asked.items():
        async with http.get(path) as answer:
            assert answer.status == 200, path
            found[name] = await answer.json()
    return found


async def settled(http: Any, conversation: str) -> dict[str, Any]:
    """Once the documents are read."""
    while True:
        found = await everything(http, conversation)
        rows = [*found["documents"]["documents"], *found["given"]["documents"]]
        if all(row["status"] == "ready" for row in rows):
            return found


async def posted(http: Any, path: str, method: str = "POST", **body: Any) -> Any:
    async with http.request(method, path, json=body) as answer:
        assert answer.status in (200, 201, 204), await answer.text()
        return await answer.json() if answer.status != 204 else None


SET: dict[str, dict[str, Any]] = {
    "/api/tools/calculate": {"policy": "ask"},
    "/api/preferences": {"theme": "dark", "unread": ["20260101-000000-aaaaaaaa"]},
    "/api/folders/Work": {"instructions": "Cite laws.", "lanes": ECHO, "budget": 3},
}


@pytest.mark.timeout(300)
async def test_all_that_belongs_to_a_person_comes_back_from_files(
    start_server: Callable[..., Divan], tmp_path: Path
) -> None:
    server = start_server()
    async with session(server) as http:
        row = await made(http, title="Mine", lanes=ECHO)
        await posted(http, "/api/memory", "PUT", about="I am Ada.", style="Keep it short.")
        for text in ("Tea, no sugar.", "Forget this."):
            line = await posted(http, "/api/memory/remembered", text=text)
        await posted(http, f"/api/memory/remembered/{line['id']}", "DELETE")
        await posted(http, "/api/memory/remembered", text="Lives in İstanbul.", on=False)
        kept = await posted(http, "/api/prompts", name="Translate", text="Into {{language}}:")
        await posted(http, f"/api/prompts/{kept['id']}", "PATCH", shared=True)
        await posted(http, "/api/models/personas", name="Pirate", system="Arr.", params={"temperature": 0.5})
        for address, fields in SET.items():
            await posted(http, address, "PATCH", **fields)
        await posted(http, "/api/lane-sets", name="Two", lanes=[*ECHO, *ECHO], default=True)
        attached, draft = await uploaded(http, b"attached"), await uploaded(http, b"a draft")
        assert await told(http, row["id"], attached) == 201
        link = await posted(http, f"/api/conversations/{row['id']}/shares", later=True)
        for conversation in ("", row["id"]):
            form = {"conversation": conversation}
            await given_document(http, b"The pump is changed in March." + conversation.encode(), form)
        before = await settled(http, row["id"])
    server.stop()
    assert len(before["documents"]["documents"]) == len(before["given"]["documents"]) == 1
    spent = server.manage("shell", "-c", SPENT)
    for folder in ("", "/local"):
        assert (server.data_dir / f"people{folder}").stat().st_mode & 0o777 == 0o700
    files = sorted(path.name for path in (server.data_dir / "people/local").glob("[!.]*"))
    assert all((server.data_dir / "people/local" / name).stat().st_mode & 0o777 == 0o600 for name in files)
    assert {f"{kind.name}.json" for kind in KINDS} < set(files)

    for path in server.data_dir.glob("divan.sqlite3*"):
        path.unlink()
    server.manage("migrate", "--verbosity", "0")
    said = server.manage("reindex_chats")
    assert "things that belong to people taken in" in said
    assert "things that belong" not in server.manage("reindex_chats"), "nothing is there twice"
    server.start()
    async with session(server) as http:
        after = await settled(http, row["id"])
        assert after == before
        assert await told(http, row["id"], draft) == 201
        async with http.get(link["path"]) as shared:
            assert shared.status == 200
        new = await posted(http, "/api/prompts", name="Next", text="x")
        assert new["id"] > kept["id"]
    server.stop()
    assert server.manage("shell", "-c", SPENT).splitlines()[:-1] == spent.splitlines()[:-1]


SPENT = """
from providers.models import Spending
for row in Spending.objects.order_by("conversation", "model", "kind"):
    print(row.day, row.owner, row.model, row.kind, row.usd)
print(sum(row.requests for row in Spending.objects.all()))
"""


async def given_document(http: Any, data: bytes, fields: dict[str, str]) -> None:
    form = aiohttp.FormData(fields)
    form.add_field("files", data, filename="pump.txt")
    async with http.post("/api/documents", data=form) as answer:
        assert answer.status == 201


async def test_a_server_that_finds_an_empty_database_takes_everything_in_before_anybody_asks(
    start_server: Callable[..., Divan],
) -> None:
    server = start_server()
    async with session(server) as http:
        await posted(http, "/api/prompts", name="Old", text="x")
    server.stop()
    for path in server.data_dir.glob("divan.sqlite3*"):
        path.unlink()
    server.start()
    async with session(server) as http:
        await posted(http, "/api/prompts", name="New", text="y")
        async with http.get("/api/prompts") as answer:
            assert [one["name"] for one in (await answer.json())["prompts"]] == ["New", "Old"]


# In this process, with real files and a real database.
pytest_database = pytest.mark.django_db(transaction=True)


@pytest.fixture
def figures() -> Ledger:
    assert spending.append in written
    return Ledger()


def lines(owner: str, name: str) -> Any:
    return json.loads((folders.people_folder() / folders.folder_name(owner) / f"{name}.json").read_text())


def forgotten() -> None:
    """As if the database were deleted: without telling anybody."""
    for kind in KINDS:
        kind.model._default_manager.all()._raw_delete("default")
    Spending.objects.all()._raw_delete("default")


@given(st.lists(st.text(min_size=1, max_size=150), min_size=2, max_size=2, unique=True))
def test_every_name_has_a_folder_of_its_own_that_any_file_system_can_hold(names: list[str]) -> None:
    made = [folders.folder_name(name.encode(errors="replace").decode()) for name in names]
    for name in made:
        assert name == Path(name).name == name.lower()
        assert len(name.encode()) <= folders.LONGEST
        assert not name.startswith(".")
        assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-@%.")
    if names[0].encode(errors="replace") != names[1].encode(errors="replace"):
        assert made[0] != made[1]


@pytest_database
@pytest.mark.parametrize("owner", OWNERS)
def test_what_a_person_of_any_name_keeps_is_theirs_again(owner: str) -> None:
    for one in (owner, "somebody else"):
        Prompt.objects.create(owner=one, name=f"of {one}"[:100], text="x")
    forgotten()
    assert reconciliation.bring_together().problems == []
    assert sorted(Prompt.objects.values_list("owner", "name")) == sorted(
        (one, f"of {one}"[:100]) for one in (owner, "somebody else")
    )


@pytest_database
def test_a_lost_database_that_was_begun_anew_takes_nothing_from_the_files() -> None:
    Prompt.objects.create(pk=50, owner="ada", name="old", text="x")
    forgotten()
    Prompt.objects.create(pk=60, owner="ada", name="new", text="x")
    assert [row["name"] for row in lines("ada", "prompts")["prompts"]] == ["new", "old"]
    reconciliation.bring_together()
    assert sorted(Prompt.objects.values_list("pk", "name")) == [(50, "old"), (60, "new")]
    Prompt.objects.get(pk=50).delete()
    reconciliation.bring_together()
    assert [row["name"] for row in lines("ada", "prompts")["prompts"]] == ["new"]


@pytest_database
def test_a_number_that_somebody_else_has_by_now_is_not_taken_from_them() -> None:
    Prompt.objects.create(pk=7, owner="ada", name="Ada's", text="x")
    forgotten()
    Prompt.objects.create(pk=7, owner="bea", name="Bea's", text="x")
    for _ in range(2):
        assert reconciliation.bring_together().problems == []
    assert sorted(Prompt.objects.values_list("owner", "name")) == [("ada", "Ada's"), ("bea", "Bea's")]


@pytest_database
@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"not JSON",
        b"[]",
        b'{"format": 1}',
        b'{"format": 1, "prompts": {}}',
        b'{"format": 1, "prompts": [7]}',
        b'{"format": 1, "prompts": [{"name": "no id"}]}',
        b'{"format": 2, "prompts": []}',
        b'{"format": "1", "prompts": []}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_is_named_and_nothing_of_it_is_lost(damage: bytes) -> None:
    Prompt.objects.create(owner="ada", name="Mine", text="x")
    Memory.objects.create(owner="ada", about="me")
    path = folders.people_folder() / "ada" / "prompts.json"
    path.write_bytes(damage)
    forgotten()
    report = reconciliation.bring_together(files_win=True)
    assert [str(path) in problem for problem in report.problems] == [True]
    assert path.read_bytes() == damage
    assert Memory.objects.get().about == "me"
    Prompt.objects.create(owner="ada", name="New", text="y")
    assert path.with_name("prompts.json.damaged-1").read_bytes() == damage
    assert [row["name"] for row in lines("ada", "prompts")["prompts"]] == ["New"]


@pytest_database
@pytest.mark.parametrize(
    ("field", "value"), [("name", "x" * 500), ("name", None), ("text", None), ("shared", "perhaps")]
)
def test_a_row_that_cannot_be_is_named_and_the_others_are_taken_in(field: str, value: object) -> None:
    for name in ("One", "Two"):
        Prompt.objects.create(owner="ada", name=name, text="x")
    path = folders.people_folder() / "ada" / "prompts.json"
    said = json.loads(path.read_text())
    said["prompts"][0][field] = value
    path.write_text(json.dumps(said))
    forgotten()
    report = reconciliation.bring_together()
    assert len(report.problems) == 1
    assert Prompt.objects.get().name == "Two"
    assert json.loads(path.read_text()) == said


@pytest_database
def test_what_a_person_edits_by_hand_counts_at_the_next_reindexing() -> None:
    prompt = Prompt.objects.create(owner="ada", name="Mine", text="x")
    path = folders.people_folder() / "ada" / "prompts.json"
    path.write_text(path.read_text().replace('"x"', '"by hand"').replace("{", '{"unknown": 1,', 1))
    reconciliation.bring_together()
    prompt.refresh_from_db()
    assert prompt.text == "x"
    reconciliation.bring_together(files_win=True)
    prompt.refresh_from_db()
    assert prompt.text == "by hand"


@pytest_database
def test_a_folder_that_names_no_owner_or_another_is_nobodys() -> None:
    Prompt.objects.create(owner="ada", name="Mine", text="x")
    forgotten()
    person = folders.people_folder() / "ada" / folders.PERSON
    for wrong in ("{}", '{"format": 1, "owner": "bea"}', "no"):
        person.write_text(wrong)
        assert len(reconciliation.bring_together().problems) == 1
        assert not Prompt.objects.exists()


@pytest_database
def test_what_an_earlier_version_left_in_the_database_alone_gets_its_files() -> None:
    Prompt.objects.bulk_create([Prompt(owner="ada", name="Mine", text="x")])
    Spending.objects.bulk_create(
        [Spending(day=timezone.now().date(), owner="ada", model="a/b", kind="answer", requests=3, usd=0.5)]
    )
    assert not folders.people_folder().exists()
    for _ in range(2):
        reconciliation.bring_together()
        assert [row["name"] for row in lines("ada", "prompts")["prompts"]] == ["Mine"]
    forgotten()
    reconciliation.bring_together()
    assert list(Spending.objects.values_list("owner", "requests", "usd")) == [("ada", 3, 0.5)]


@pytest_database
def test_sums_of_what_was_spent_are_made_of_their_lines(figures: Ledger) -> None:
    day = timezone.now().date()
    for usd in (0.25, 0.5):
        for owner in ("ada", "bea"):
            key = Key(day, owner, "c1", "a/b", "answer")
            figures.add(key, spent(requests=1, usd=usd, input_tokens=10))
        figures.write()
    before = list(Spending.objects.order_by("owner").values_list("owner", "requests", *FIGURES))
    path = folders.people_folder() / "ada" / f"spending-{day:%Y-%m}.jsonl"
    assert len(path.read_bytes().splitlines()) == 2
    with path.open("ab") as file:
        file.write(b'{"day": "2026-')
    forgotten()
    for _ in range(2):
        assert reconciliation.bring_together().problems == []
    assert list(Spending.objects.order_by("owner").values_list("owner", "requests", *FIGURES)) == before
    figures.add(Key(day, "ada", "c1", "a/b", "answer"), spent(requests=1, usd=1.0))
    figures.write()
    forgotten()
    assert reconciliation.bring_together().problems == [f"{path}: line 3 cannot be read"]
    assert Spending.objects.get(owner="ada").usd == 1.75


@pytest_database
def test_a_document_that_is_deleted_does_not_come_back(data_dir: Path) -> None:
    rows = [
        access.add_document("ada", f"{name}.txt", [name.encode()], 100).document for name in ("one", "two")
    ]
    access.delete_document(rows[0])
    forgotten()
    assert reconciliation.bring_together().problems == []
    assert [document.name for document in Document.objects.all()] == ["two.txt"]
    assert Document.objects.get().status == "waiting"


@pytest_database
def test_a_disk_that_is_full_costs_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    Persona.objects.create(owner="ada", name="First")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(folders, "write_file", full)
        Persona.objects.create(owner="ada", name="Second")
    assert Persona.objects.count() == 2
    assert [row["name"] for row in lines("ada", "personas")["personas"]] == ["First"]
    Persona.objects.get(name="Second").save()
    assert sorted(row["name"] for row in lines("ada", "personas")["personas"]) == ["First", "Second"]


def spent(**figures: float) -> Any:
    return Counter(figures)
