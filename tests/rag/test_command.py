from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from core.accounts import find_owner
from rag.models import Document

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def ada(db: None) -> None:
    get_user_model().objects.create_user("ada")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "papers"
    (made / "deep").mkdir(parents=True)
    (made / ".git").mkdir()
    (made / "a.txt").write_text("zebra")
    (made / "deep" / "b.md").write_text("# Title\ntext")
    (made / ".git" / "config.txt").write_text("hidden")
    (made / "link.txt").symlink_to("/etc/hostname")
    return made


def test_every_file_below_a_folder_is_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("rag_ingest", str(folder), "--owner", "ada")
    rows = Document.objects.filter(collection__owner=find_owner("ada"))
    assert {(row.name, row.status) for row in rows} == {("a.txt", "ready"), ("b.md", "ready")}
    assert capsys.readouterr().out == "2 of 2 files are read.\n"


def test_whoever_has_no_account_has_no_documents(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no user named grace"):
        call_command("rag_ingest", str(folder), "--owner", "grace")


def test_reading_a_folder_again_reads_what_is_new(folder: Path) -> None:
    call_command("rag_ingest", str(folder), "--owner", "ada")
    (folder / "c.txt").write_text("new")
    call_command("rag_ingest", str(folder), "--owner", "ada")
    assert Document.objects.count() == 3


def test_what_cannot_be_read_is_named_and_fails_the_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.pdf").write_bytes(b"no pdf")
    with pytest.raises(CommandError, match="1 could not be read"):
        call_command("rag_ingest", str(folder), "--owner", "ada")
    said = capsys.readouterr()
    assert said.out == "2 of 3 files are read.\n"
    assert said.err == f"{folder / 'bad.pdf'}: The file is not what its name says it is.\n"
    assert Document.objects.filter(status="ready").count() == 2


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no folder"):
        call_command("rag_ingest", str(tmp_path / "missing"))
