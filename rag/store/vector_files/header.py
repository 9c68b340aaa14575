import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"divanvec"
FORMAT = 1
"""Grows when the same rows would make another file."""
SIZE = 4096
"""Of the header, with what is free behind it; what follows begins with a page of memory."""
_FIELDS = struct.Struct("<8sHHIQQQQQI")
_CHECKSUM = struct.Struct("<I")


@dataclass(frozen=True, slots=True)
class VectorHeader:
    """`sparse`: the matrix has a line for each dimension, else one for each passage. `places`: how many
    passages there was room for, of which the first `count` are there. `version`: of the collection, as its
    row has it. `checksum`: CRC-32 of all that follows the header."""

    sparse: bool
    dimensions: int
    collection: int
    model: int
    version: int
    places: int
    count: int
    checksum: int = 0

    def to_bytes(self) -> bytes:
        fields = _FIELDS.pack(
            MAGIC,
            FORMAT,
            self.sparse,
            self.dimensions,
            self.collection,
            self.model,
            self.version,
            self.places,
            self.count,
            self.checksum,
        )
        return (fields + _CHECKSUM.pack(zlib.crc32(fields))).ljust(SIZE, b"\0")

    @classmethod
    def of(cls, data: bytes) -> "VectorHeader | None":
        """None where `data` is no header of this format."""
        if len(data) < SIZE:
            return None
        magic, made_as, sparse, *numbers = _FIELDS.unpack_from(data)
        (checksum,) = _CHECKSUM.unpack_from(data, _FIELDS.size)
        if (magic, made_as, checksum) != (MAGIC, FORMAT, zlib.crc32(data[: _FIELDS.size])):
            return None
        return cls(bool(sparse), *numbers)


def read_header(path: Path) -> VectorHeader | None:
    """What stands at the beginning of the file. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        return VectorHeader.of(file.read(SIZE))
