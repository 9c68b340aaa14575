"""Bytes of a text file in an encoding that nobody named."""

import re

LIKELY = ["cp1254", "cp1251", "koi8_r", "utf_16"]
"""Left to guess among all, a detector takes Turkish for Baltic or Icelandic. cp1254 is also Western Europe's
cp1252 but for six letters of Icelandic."""
SAMPLE = 256 * 1024
MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,30})""", re.I
)


def decoded(data: bytes, *, declared: bool = False) -> str:
    """`declared`: believe what an HTML or XML head says, where the bytes are no UTF-8. Line ends are \\n."""
    return _decoded(data, declared=declared).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _decoded(data: bytes, *, declared: bool) -> str:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    if declared and (found := _DECLARED.search(data[:2048])):
        try:
            return data.decode(found[1].decode("ascii"), errors="replace")
        except LookupError:
            pass
    from charset_normalizer import from_bytes

    best = from_bytes(data[:SAMPLE], cp_isolation=LIKELY).best()
    return data.decode(best.encoding if best else "cp1254", errors="replace")
