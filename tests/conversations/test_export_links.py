"""Where a link in an exported page leads: nowhere that the chat page would not lead."""

import re

import pytest

from conversations.files.store import FileStore
from conversations.links import is_openable
from tests.conversations.test_formulas import body

OPEN = ["https://a.example/x?y=1#z", "HTTP://a.example", "mailto:ada@example.org", "MailTo:ada@example.org"]
CLOSED = [
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "data:image/png;base64,AA", "file:///etc/passwd"),
    *("ftp://a.example", "tel:+15551234", "sms:+15551234", "vscode://file/x", "ms-word:ofe|u|https://a.example/x"),
    *("search-ms:query=x", "steam://run/1", "intent://x#Intent;end", "chrome://settings", "blob:https://a.example/x"),
    *("//a.example/x", "/admin/", "admin/", "?a=b", "#top", "http:a.example", "https:/a.example", "x:y", "view-source:http://a"),
]  # fmt: skip


@pytest.mark.parametrize("address", OPEN)
def test_a_link_to_the_web_or_to_somebody_stays_one(store: FileStore, address: str) -> None:
    assert is_openable(address)
    assert f'href="{address}"' in body(store, f"[go]({address})")


@pytest.mark.parametrize("address", CLOSED)
def test_any_other_is_text(store: FileStore, address: str) -> None:
    assert not is_openable(address)
    written = f"[go](<{address}>) [by name][n] <{address}>\n\n[n]: <{address}>\n"
    assert re.findall(r"<(?:a|img)\b|href=|src=", body(store, written)) == []
