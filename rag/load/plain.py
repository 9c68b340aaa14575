"""The bytes of a text file, of whatever encoding."""

from core.text import encodings
from rag.errors import DocumentError


def decode_file(data: bytes) -> str:
    """With line ends as \\n. Raises DocumentError where it is no text, or in no encoding that can be told."""
    try:
        return encodings.decode_text(data)
    except encodings.EncodingError as error:
        raise DocumentError("unsupported" if error.reason == "binary" else "encoding", str(error)) from error
