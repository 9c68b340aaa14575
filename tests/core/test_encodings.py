import os
import random
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.text.encodings import EncodingError, decode_text, detect_encoding, looks_like_text
from tests.core.sentences import EVERY, TABLES, TEXTS

SHORT, LINE = 25, 60
"""Bytes, about."""
TOO_LITTLE = {
    ("Serbian", "mac_cyrillic"),
    ("Italian", "cp850"),
    ("Danish", "cp850"),
    ("Slovak", "mac_latin2"),
    ("Lithuanian", "iso8859_4"),
    ("Latvian", "iso8859_4"),
    ("Lithuanian", "cp1257"),
    ("Lithuanian", "iso8859_13"),
}  # fmt: skip
"""Where one letter that is not ASCII stands in a few words, these may be read otherwise, or refused."""


def coded(text: str, encoding: str) -> bytes:
    """cp1258 has most marks of Vietnamese as signs of their own."""
    if encoding == "iso8859_16":
        text = text.translate(str.maketrans("şţŞŢ", "șțȘȚ"))
    if encoding != "cp1258":
        return text.encode(encoding)
    made = b""
    for letter in text:
        try:
            made += letter.encode(encoding)
        except UnicodeEncodeError:
            apart = unicodedata.normalize("NFD", letter)
            tones = "".join(mark for mark in apart if mark in "\u0300\u0301\u0303\u0309\u0323")
            base = unicodedata.normalize("NFC", "".join(mark for mark in apart if mark not in tones))
            made += (base + tones).encode(encoding)
    return made


def read(data: bytes) -> str | None:
    try:
        return unicodedata.normalize("NFC", decode_text(data))
    except EncodingError:
        return None


def beginnings(text: str, encoding: str, size: int) -> Iterator[str]:
    """Of each sentence that is not ASCII, as many words as make `size` bytes."""
    for sentence in text.replace("。", "。 ").split(". "):
        words = sentence.split(" ")
        taken = words[:1]
        for word in words[1:]:
            if len(coded(" ".join(taken), encoding)) >= size:
                break
            taken.append(word)
        beginning = " ".join(taken)
        while len(coded(beginning, encoding)) > size * 1.6:
            beginning = beginning[:-1]
        if not beginning.isascii():
            yield beginning


@pytest.mark.parametrize("language", TEXTS)
def test_a_text_is_read_in_each_encoding_of_its_language(language: str) -> None:
    encodings, text = TEXTS[language]
    assert {name: read(coded(text, name)) for name in encodings} == dict.fromkeys(encodings, text)


@pytest.mark.parametrize("size", [SHORT, LINE])
@pytest.mark.parametrize("language", TEXTS)
def test_a_few_words_are_read_in_each_encoding_of_their_language(language: str, size: int) -> None:
    encodings, text = TEXTS[language]
    wrong = [
        (name, beginning, found)
        for name in encodings
        if (language, name) not in TOO_LITTLE
        for beginning in beginnings(text, name, size)
        if (found := read(coded(beginning, name))) != beginning
    ]
    assert wrong == []


@pytest.mark.parametrize("language", TABLES)
def test_a_table_of_three_lines_is_read(language: str) -> None:
    encodings, text = TABLES[language]
    assert {name: read(text.encode(name)) for name in encodings} == dict.fromkeys(encodings, text)


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("encoding", EVERY)
def test_unicode_is_read_with_and_without_its_mark(language: str, encoding: str) -> None:
    text = TEXTS[language][1]
    assert decode_text(text.encode(encoding)) == text
    assert decode_text(text[:20].encode(encoding)) == text[:20]


def test_chinese_in_utf_16_without_a_space_is_told_from_older_encodings() -> None:
    text = "租赁合同有效期为三年承租人每月初付款"
    assert (decode_text(text.encode("utf-16-le")), decode_text(text.encode("utf-16-be"))) == (text, text)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"caf\xe9 au lait", "café au lait"),
        (b"It\x92s \x935 \x80\x94 \x96 fine", "It’s “5 €” – fine"),
        ("a\r\nş\rb\0".encode(), "a\nş\nb"),
        (b"", ""),
        ("ş".encode() * 20 + b"\xc5", "ş" * 20 + "\ufffd"),
        (("Çığ düştü. " * 20).encode() + b"\xff", "Çığ düştü. " * 20 + "\ufffd"),
        (b'<meta charset="iso-8859-9"><p>\xdei\xfe', '<meta charset="iso-8859-9"><p>Şiş'),
        (b'<meta charset="utf-8"><p>\xdeehir i\xe7i', '<meta charset="utf-8"><p>Şehir içi'),
        (b'<?xml version="1.0" encoding="koi8-r"?>\xf6\xd6', '<?xml version="1.0" encoding="koi8-r"?>Жж'),
        ("# coding: cp1251\nx = 'Ы'".encode("cp1251"), "# coding: cp1251\nx = 'Ы'"),
        (b"<meta charset=unicode_escape>\xfe\\x41 d\xfd\xfearda \xe7al\xfd\xfeanlar", None),
        (b"<meta charset=rot13>na\xefve caf\xe9", "<meta charset=rot13>naïve café"),
    ],
)  # fmt: skip
def test_odd_texts(data: bytes, text: str | None) -> None:
    assert decode_text(data) == (text if text is not None else data.decode("cp1254"))


def test_a_damaged_byte_does_not_hide_the_encoding() -> None:
    data = coded(TEXTS["Chinese, traditional"][1] * 5, "big5")
    at = len(data) // 20 * 2
    found = decode_text(data[:at] + b"\xff" + data[at:])
    assert found.replace("\ufffd", "").startswith(TEXTS["Chinese, traditional"][1][:20])


@pytest.mark.parametrize("size", [40, 200, 5_000])
def test_noise_is_refused(size: int) -> None:
    chance = random.Random(size)
    everything = [bytes(chance.choices(range(256), k=size)) for _ in range(20)]
    high = [bytes(chance.choices(range(160, 256), k=size)) for _ in range(20)]
    assert [read(data) for data in everything + high] == [None] * 40


def test_what_no_candidate_reads_well_is_refused() -> None:
    arabic = TEXTS["Arabic"][1]
    ebcdic = "Kira sozlesmesi uc yil icin gecerlidir."
    assert read(ebcdic.encode("cp500")) is None
    assert read(arabic.encode("mac_arabic", errors="ignore")) is None


def test_what_is_no_text_is_said_to_be_none() -> None:
    for data in (bytes(100), b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, b"\xff\xfe" + os.urandom(4_000)):
        with pytest.raises(EncodingError) as caught:
            decode_text(data)
        assert caught.value.reason == "binary"


def test_the_beginning_of_a_file_tells_whether_it_is_text() -> None:
    text = TEXTS["Russian"][1]
    assert all(looks_like_text((text * 20).encode(name)[:4096]) for name in (*EVERY, "cp1251", "koi8_r"))
    assert not looks_like_text(bytes(4096))
    assert not looks_like_text(b"\x1f\x8b\x08" + random.Random(1).randbytes(4093))


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("gbk.csv", "gb18030"), ("sjis.txt", "cp932"), ("cp1250.txt", "cp1250"), ("cp1253.txt", "cp1253"),
     ("cp1256.txt", "cp1256"), ("cp1251.txt", "cp1251"), ("cp1254.csv", "cp1254"), ("utf16.txt", "utf-16")],
)  # fmt: skip
def test_small_files_of_other_systems(name: str, encoding: str) -> None:
    assert detect_encoding((Path(__file__).parent / "files" / name).read_bytes()) == encoding


@pytest.mark.parametrize(
    "data",
    [
        ("Şehir içi ulaşım. " * 300_000).encode("cp1254"),
        b"a" * 6_000_000 + b"\n\xfe",
        (b" " * 900 + b"\xfe\n") * 6_000,
        b"\xfe" * 5_000_000,
        ("租赁合同" * 600_000).encode("gbk"),
    ],
    ids=["turkish", "late", "spread", "same", "chinese"],
)
def test_the_time_hardly_grows_with_the_size(data: bytes) -> None:
    began = time.process_time()
    read(data)
    assert time.process_time() - began < 5
