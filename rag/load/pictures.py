"""Pages of a PDF as pictures, for models that see: `python -m rag.load.pictures PATH PAGE…`, in a process of
its own as loaders run in. Writes one line a page: its number and a grey PNG in base64."""

import base64
import struct
import sys
import zlib
from typing import Any

from rag.load.child import limit_resources

LONGEST = 1_200
"""Pixels of a page's longer side."""


def main(path: str, pages: list[int]) -> None:
    limit_resources()
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    for number in pages:
        page = document[number - 1]
        png = draw_page(page)
        page.close()
        sys.stdout.write(f"{number} {base64.b64encode(png).decode()}\n")
        sys.stdout.flush()


def draw_page(page: Any) -> bytes:
    scale = LONGEST / max(*page.get_size(), 1.0)
    bitmap = page.render(scale=scale, grayscale=True)
    grey = bytes(bitmap.buffer)
    rows = (grey[at : at + bitmap.width] for at in range(0, bitmap.stride * bitmap.height, bitmap.stride))
    return png_of(bitmap.width, bitmap.height, b"".join(b"\0" + row for row in rows))


def png_of(width: int, height: int, rows: bytes) -> bytes:
    """`rows`: each with its filter byte, one byte a pixel."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    made = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + made


if __name__ == "__main__":
    main(sys.argv[1], [int(number) for number in sys.argv[2:]])
