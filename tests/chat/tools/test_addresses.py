import pytest

from chat.tools.addresses import Addresses


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("see https://example.com/a", "https://example.com/a"),
        ("see https://example.com/a.", "https://example.com/a"),
        ("(https://example.com/a)", "https://example.com/a"),
        ("[it](https://example.com/a?b=c#d)", "https://example.com/a?b=c"),
        ("<https://Example.com/A>", "http://example.com/A"),
        ("https://example.com", "https://example.com/"),
        ("read example.com/docs, please", "https://example.com/docs"),
        ("https://tr.wikipedia.org/wiki/Divan_(anlam)", "https://tr.wikipedia.org/wiki/Divan_(anlam)"),
        ("Adres: https://örnek.com/yazı!", "https://örnek.com/yazı"),
    ],
)
def test_what_a_person_wrote_may_be_opened(text: str, url: str) -> None:
    assert Addresses([text]).knows(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a/b",
        "https://example.com/a?secret=words",
        "https://evil.example/a",
        "https://example.com.evil.example/a",
        "https://example.com@evil.example/a",
        "https://user:pass@example.com/a",
        "https://example.com/A",
        "",
    ],
)
def test_nothing_else_may(url: str) -> None:
    assert not Addresses(["see https://example.com/a"]).knows(url)


def test_what_a_search_gave_may_be_opened() -> None:
    known = Addresses()
    known.add("https://example.com/found?q=1#part")
    assert known.knows("https://example.com/found?q=1")
    assert not known.knows("https://example.com/found?q=2")
