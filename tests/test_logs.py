import logging
import multiprocessing
from pathlib import Path

from chatbot_project.logs import SharedRotatingFileHandler

LINES = 400
WRITERS = 3


def write(path: Path, writer: int) -> None:
    handler = SharedRotatingFileHandler(path, maxBytes=2_000, backupCount=1_000, encoding="utf-8", delay=True)
    for number in range(LINES):
        handler.emit(logging.LogRecord("test", logging.INFO, "", 0, f"{writer}:{number}", None, None))
    handler.close()


def test_processes_that_share_a_log_file_lose_no_line_when_it_is_moved(tmp_path: Path) -> None:
    path = tmp_path / "divan.log"
    spawned = multiprocessing.get_context("spawn")
    writers = [spawned.Process(target=write, args=(path, writer)) for writer in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * WRITERS
    files = [file for file in tmp_path.glob("divan.log*") if file.suffix != ".lock"]
    kept = [line for file in files for line in file.read_text().splitlines()]
    assert len(files) > WRITERS
    assert sorted(kept) == sorted(f"{w}:{n}" for w in range(WRITERS) for n in range(LINES))
