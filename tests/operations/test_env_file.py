"""`.env` as people write it, and what they are told of a line that cannot be read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot_project.env_file import EnvFileError, read_env_file, read_lines

SECRET = "sk-Zm9vYmFyYmF6"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A=b", {"A": "b"}),
        ("\ufeffA=b\n", {"A": "b"}),
        ("A=b\r\nC=d\r\n", {"A": "b", "C": "d"}),
        ("A=b\rC=d", {"A": "b", "C": "d"}),
        ("  A = b  ", {"A": "b"}),
        ("export A=b", {"A": "b"}),
        ("# A=b\n\n   # c\n", {}),
        ("A=b # why", {"A": "b"}),
        ("A=b\t# why", {"A": "b"}),
        ("A=b#c", {"A": "b#c"}),
        ("A=#c", {"A": "#c"}),
        ("A= # nothing", {"A": ""}),
        ("A=", {"A": ""}),
        ("A='b # c' # why", {"A": "b # c"}),
        ('A="b # c"# why', {"A": "b # c"}),
        (r'A="say \"x\" \\ \n"', {"A": r'say "x" \ \n'}),
        (r"A='C:\x'", {"A": r"C:\x"}),
        ("A=it's", {"A": "it's"}),
        ("A=x=y==", {"A": "x=y=="}),
        ("A=b\nA=c", {"A": "c"}),
        ("S=one=http://a/v1,two=http://b", {"S": "one=http://a/v1,two=http://b"}),
    ],
)
def test_a_file_is_read_as_it_is_meant(tmp_path: Path, text: str, found: dict[str, str]) -> None:
    path = tmp_path / ".env"
    path.write_bytes(text.encode())
    assert read_env_file(path) == found


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (SECRET, ""),
        (f"{SECRET}==", ""),
        (f"GEMINI_API_KEY: {SECRET}", " (GEMINI_API_KEY)"),
        (f"HF_TOKEN {SECRET}", " (HF_TOKEN)"),
        (f"MY-KEY={SECRET}", " (MY-KEY)"),
        (f"HF_TOKEN='{SECRET}", " (HF_TOKEN)"),
        (f'HF_TOKEN="{SECRET}\\"', " (HF_TOKEN)"),
        (f"export HF_TOKEN='{SECRET}' {SECRET}", " (HF_TOKEN)"),
        (f"={SECRET}", ""),
        (f"A B={SECRET}", ""),
        (f"HF_TOKEN={SECRET}\0", " (HF_TOKEN)"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_without_its_value(tmp_path: Path, line: str, named: str) -> None:
    path = tmp_path / ".env"
    path.write_text(f"# first\n\n{line}\nA=b\n")
    with pytest.raises(EnvFileError) as refused:
        read_env_file(path)
    assert f"{path}, line 3{named}: " in str(refused.value)
    assert SECRET not in str(refused.value)


def test_what_is_no_text_is_refused_and_what_is_not_there_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert read_env_file(path) == {}
    path.write_bytes("A=b".encode("utf-16"))
    with pytest.raises(EnvFileError, match="UTF-8"):
        read_env_file(path)
    path.unlink()
    path.mkdir()
    assert read_env_file(path) == {}


@given(st.text(max_size=60))
def test_no_line_shows_what_stands_in_it(line: str) -> None:
    secret, said = "aB3" * 5, ""
    try:
        read_lines(f"{line}{secret}", Path(".env"))
    except EnvFileError as refused:
        said = str(refused)
    assert secret not in said
