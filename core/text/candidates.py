"""The encodings that old texts lie in, with the languages that each was made for.

A handicap, in half bits, makes the rarer encoding and the rarer language wait for more evidence: a few bytes
read well in several.
"""

from dataclasses import dataclass

WEST = (
    "en",
    "de",
    "fr",
    "es",
    "pt",
    "it",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "is",
    "ca",
    "ga",
    "gl",
    "eu",
    "sq",
    "id",
)
CENTRAL = ("pl", "cs", "sk", "hu", "hr", "bs", "sl", "ro", "de")
TURKISH = ("tr", "az", "en", "de", "fr")
CYRILLIC = ("ru", "uk", "be", "bg", "sr", "mk")
BALTIC = ("et", "lv", "lt")
ARABIC = ("ar", "fa")


@dataclass(frozen=True, slots=True)
class Candidate:
    encoding: str
    languages: tuple[str, ...]
    handicap: float = 0


CANDIDATES = (
    Candidate("cp1254", TURKISH),
    Candidate("cp1251", CYRILLIC),
    Candidate("cp1252", WEST),
    Candidate("cp1250", CENTRAL),
    Candidate("cp1253", ("el",)),
    Candidate("cp1255", ("he",)),
    Candidate("cp1256", ARABIC),
    Candidate("cp1257", BALTIC),
    Candidate("cp1258", ("vi",), 2),
    Candidate("cp874", ("th",)),
    Candidate("koi8_r", CYRILLIC, 1),
    Candidate("koi8_u", CYRILLIC, 2),
    Candidate("gb18030", ("zh",)),
    Candidate("big5hkscs", ("zh-hant",), 1),
    Candidate("cp950", ("zh-hant",), 1),
    Candidate("cp932", ("ja",)),
    Candidate("euc_jp", ("ja",), 1),
    Candidate("cp949", ("ko",)),
    Candidate("iso8859_2", CENTRAL, 2),
    Candidate("iso8859_3", ("eo",), 8),
    Candidate("iso8859_4", BALTIC, 6),
    Candidate("iso8859_5", CYRILLIC, 5),
    Candidate("iso8859_6", ARABIC, 4),
    Candidate("iso8859_7", ("el",), 2),
    Candidate("iso8859_8", ("he",), 3),
    Candidate("iso8859_9", TURKISH, 2),
    Candidate("iso8859_13", BALTIC, 3),
    Candidate("iso8859_14", ("cy", "ga"), 8),
    Candidate("iso8859_15", WEST, 4),
    Candidate("iso8859_16", ("ro",), 4),
    Candidate("mac_roman", WEST, 8),
    Candidate("mac_turkish", TURKISH, 10),
    Candidate("mac_latin2", CENTRAL, 8),
    Candidate("mac_croatian", ("hr", "bs", "sl"), 12),
    Candidate("mac_romanian", ("ro",), 12),
    Candidate("mac_cyrillic", CYRILLIC, 4),
    Candidate("mac_greek", ("el",), 10),
    Candidate("cp850", WEST, 9),
    Candidate("cp437", WEST, 14),
    Candidate("cp857", TURKISH, 10),
    Candidate("cp852", CENTRAL, 8),
    Candidate("cp866", CYRILLIC, 5),
    Candidate("cp855", ("bg", "sr"), 12),
    Candidate("cp737", ("el",), 8),
    Candidate("cp862", ("he",), 8),
    Candidate("cp775", BALTIC, 10),
    Candidate("kz1048", ("kk",), 8),
)
HANDICAP = {
    "is": 6, "ga": 10, "gl": 6, "eu": 6, "sq": 6, "cy": 10, "eo": 10, "ca": 3, "az": 6, "kk": 8, "bs": 4,
    "mk": 3, "be": 3, "id": 4, "lv": 3, "et": 3, "lt": 3,
}  # fmt: skip
WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
"""With the bytes of their characters."""
_SUCCESSORS = {
    "cp1252": "ascii iso-8859-1 iso8859-1 latin-1 latin1",
    "cp1254": "iso-8859-9 iso8859-9",
    "cp874": "tis-620 tis_620 iso8859-11 windows-874",
    "gb18030": "gb2312 gbk x-gbk",
    "big5hkscs": "big5",
    "cp932": "shift_jis shift-jis x-sjis windows-31j",
    "cp949": "euc_kr ks_c_5601-1987 windows-949",
    "mac_cyrillic": "x-mac-cyrillic",
    "mac_roman": "macintosh x-mac-roman",
    "mac_turkish": "x-mac-turkish",
    "euc_jp": "x-euc-jp",
}
ALIASES = {name: successor for successor, names in _SUCCESSORS.items() for name in names.split()}
"""Names that pages give and Python does not know, and those that browsers take for their larger successor."""
