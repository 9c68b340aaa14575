"""What commands say of files that they cannot read or write: one plain sentence, whatever the command."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.services.server import Divan, environment, run_command


def refusal(data_dir: Path, *words: str) -> str:
    status, said, complaints = run_command(words, environment(data_dir, {}))
    assert status == 1, said
    return complaints


@pytest.mark.timeout(180)
def test_a_file_that_cannot_be_used_is_one_sentence_that_names_it(
    tmp_path: Path, start_server: Callable[..., Divan]
) -> None:
    data_dir = tmp_path / "data"
    file = tmp_path / "file"
    file.write_text("x")
    nowhere = tmp_path / "nowhere"
    for words, said in (
        (("backup", f"{nowhere}/x.zip"), f"There is no folder {nowhere}."),
        (("backup", f"{file}/x.zip"), f"There is no folder {file}."),
        (("backup", str(file)), f"{file} is there already."),
        (("restore", f"{nowhere}/x.zip"), f"{nowhere}/x.zip is not there."),
        (("restore", str(tmp_path)), f"{tmp_path} is a folder."),
        (("export_models", f"{nowhere}/x.toml"), f"{nowhere}/x.toml is not there."),
        (("export_models", str(tmp_path)), f"{tmp_path} is a folder."),
        (("import_models", f"{nowhere}.toml"), f"{nowhere}.toml is not there."),
        (("export_chats", "--output", f"{nowhere}/x.md"), f"{nowhere}/x.md is not there."),
        (("export_chats", "--output", f"{nowhere}/x.zip"), f"{nowhere}/x.zip is not there."),
        (("export_chats", "--output", f"{file}/x"), f"{file}/x cannot be there: a part of it is no folder."),
        (("export_chats", "--output", f"{tmp_path}/{'x' * 300}.md"), "is too long."),
    ):
        error = refusal(data_dir, *words)
        assert error.startswith("error: "), words
        assert error.count("\n") == 1, error
        assert said in error, error
        assert "Errno" not in error


@pytest.mark.timeout(180)
def test_nothing_is_put_back_under_a_server_that_runs(server: Divan, tmp_path: Path) -> None:
    archive = tmp_path / "divan.zip"
    server.manage("backup", str(archive))
    with pytest.raises(RuntimeError, match=r"is running on .* Stop it first\. Nothing was changed\."):
        server.manage("restore", str(archive))
    assert not list(server.data_dir.glob("before-restore-*"))
    assert server.is_running
    server.stop()
    assert "Restored" in server.manage("restore", str(archive))
    server.start()
    with pytest.raises(RuntimeError, match="Stop it first"):
        server.manage("restore", str(archive))
    server.kill()
    assert "Restored" in server.manage("restore", str(archive))
