"""Redis may write its memory to a disk of its own: what it holds of a temporary conversation is nothing that
can be read without the server's secret key. AES in counter mode: any range is sealed and opened by itself,
and is as long as it was."""

import os
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
NONCE = 8
"""Bytes that stand before what is sealed, other ones for each that is sealed."""


class Seal:
    def __init__(self, secret: str) -> None:
        self._key = sha256(b"divan.temporary\0" + secret.encode()).digest()

    @staticmethod
    def new_nonce() -> bytes:
        return os.urandom(NONCE)

    def apply(self, nonce: bytes, offset: int, data: bytes) -> bytes:
        """Seals what stands at `offset`, or opens it."""
        block, skipped = divmod(offset, BLOCK)
        counter = nonce + block.to_bytes(BLOCK - NONCE, "big")
        stream = Cipher(algorithms.AES(self._key), modes.CTR(counter)).encryptor()
        return stream.update(bytes(skipped) + data)[skipped:]
