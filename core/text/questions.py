"""What kind of question a text asks, and in which language: by rules that cost next to nothing. No model is
asked, so they may be wrong; they are the same for everybody, and for the same text each time."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import Literal, get_args

Kind = Literal["code", "maths", "translation", "summary", "writing", "facts", "other"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LOOKED_AT = 20_000
"""Characters of a question that are looked at."""

CODE = re.compile(
    r"```|\b(def|class|function|import|const|select|public static|#include|traceback|stack trace|regex|"
    r"refactor|compile|debug|unit test)\b"
)
STATEMENT = re.compile(r"[{};]\s*$", re.MULTILINE)
CALL = re.compile(r"(?<!\w)\w++\.\w++\([^)]{0,200}\)")
ONE_LETTER = str.maketrans({"İ": "i", "ı": "i", "ſ": "s", "\u212a": "k"})
"""Each of a pair that is one letter where case is not heeded."""


def lower_text(text: str) -> str:
    """In which these expressions look, and are written: ignoring case takes them three times as long."""
    return text.translate(ONE_LETTER).lower()


def _any_of(lines: str) -> str:
    return "|".join(line.strip() for line in lines.strip().splitlines())


BEGUN_WITH: dict[Kind, str] = {
    "code": _any_of(r"""(python|javascript|typescript|sql|bash|html|css|rust|kotlin|json|yaml|kod|код)\w*
            write (a|the|some) (script|program|query)|fonksiyon|betik|функци[юя]\w* на|скрипт"""),
    "translation": _any_of(r"""translat|çevir|tercüme|перевед|перевести|перевод
            übersetz|tradu[ics]|vertaal"""),
    "summary": _any_of(r"""summar|sum (it |this |that )?up|tl;?dr|özet|кратко изложи|резюмир|суммируй
            zusammenfass|fasse .{0,80}zusammen|résum|resum|riassum"""),
    "maths": _any_of(r"""prove|proof|theorem|deriv(e|ative)|integral|equation|solve|calculate|compute
            how much is|kanıtla|hesapla|denklem|türev|докажи|реши|вычисли|посчитай|уравнен
            beweise|berechne|calcul|\d+\s*[-+*/^×÷=]\s*\d"""),
    "writing": _any_of(r"""write|draft|rewrite|rephrase|proofread|compose|poem|story|essay|e-?mail|letter to
            slogan|yaz(?!ı)|şiir|hikâye|hikaye|öykü|mektup|düzelt|напиши|перепиши|сочини|стих|рассказ\b|письмо
            schreib|gedicht|écri|rédige|escrib(e|ir)|redact|scrivi"""),
}
"""What the beginning of a text may hold: the first of these words decides, but that nearly
everything can be written."""
ASKED_WITH = _any_of(
    r"""who|what|when|where|which|why|how|is|are|does|did|can|define|explain|tell me
    kim|ne|nedir|neden|niçin|nasıl|nerede|hangi|kaç|açıkla|anlat
    кто|что|когда|где|какой|какая|какие|почему|зачем|как|сколько|объясни|расскажи
    wer|was|wann|wo|warum|wie|welche|erkläre|qui|que|quand|où|pourquoi|comment|quel
    quién|qué|cuándo|dónde|cómo|cuál|chi|cosa|quando|dove|perché|come"""
)
"""What begins a sentence that asks for facts."""
BEGINNING = 400
WORDS = {kind: re.compile(rf"(?<!\w)({lower_text(words)})") for kind, words in BEGUN_WITH.items()}
ASKING = re.compile(rf"(^|[.!?]\s+)({lower_text(ASKED_WITH)})(?!\w)")

SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "GREEK": "el", "HEBREW": "he",
    "DEVANAGARI": "hi", "THAI": "th", "GEORGIAN": "ka", "ARMENIAN": "hy",
}  # fmt: skip
"""One language for each of these scripts, which is that of most who write it."""
COMMON_WORDS: dict[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": """the of and to in is was were that it for with this what how why who when where which are
            you can do does did my me please write a an into from on as all some first good make tell not""",
        "tr": """ve bir bu şu için ne nasıl neden niye ile mi mı mu mü da de çok olan olarak bana nedir var
            yok en kaç gibi kim ilk kısa ama daha her hangi nerede göre sonra önce yaz olur değil merhaba""",
        "de": """der die das und ist nicht ein eine wie was ich mit auf für warum den dem bitte mir zu von es
            im wer welche kann sind du schreibe guten""",
        "fr": """le la les et est une des que pour dans pas comment pourquoi je il vous quel quelle sur du au
            moi un de ce qui avec bonjour""",
        "es": """el la los las y es una que para por en cómo qué del con se lo al mi quién está son cuál dónde
            hola un de""",
        "it": """il lo la gli e è una che per non come di della con perché sono mi un nel più cosa qual quando
            l d dove chi ciao""",
        "pt": "o os as e é uma que para não como em do da com por um no na você são qual de quem onde olá",
        "nl": "de het een en is van niet hoe wat ik met voor op dat waarom je zijn mij kan dit wie waar",
        "pl": "i w nie jest to się na z jak co dlaczego do czy proszę jaki że dla po jaka są kto gdzie",
        "ru": "и в не на что как это с по для почему я мне из а то от так ли к у но кто где какой привет",
        "uk": "і в не на що як це з та для чому я мені є від або до у ні так її хто де який",
        "ar": "في من على ما هو هذا كيف لماذا إلى أن عن هل التي مع",
        "fa": "در از به که است این چه را با چرا چگونه برای آن یک",
    }.items()
}
LANGUAGES_OF: dict[str, list[str]] = {}
for _language, _words in COMMON_WORDS.items():
    for _word in _words:
        LANGUAGES_OF.setdefault(_word, []).append(_language)
LETTERS = {
    language: frozenset(letters)
    for language, letters in {
        "tr": "ğışİ", "de": "ßä", "fr": "êœù", "es": "ñ", "pt": "ãõ", "pl": "łąęśźżćń", "uk": "їєґі",
        "ru": "ыэъё", "fa": "پچژگ",
    }.items()
}  # fmt: skip
"""Letters that few other languages have."""
FENCED = re.compile(r"```.*?(```|\Z)|`[^`\n]*`|https?://\S+", re.DOTALL)
WORD = re.compile(r"[^\W\d_]+")
MOST_WORDS, LONGEST_WORD = 200, 40


def kind_of(text: str) -> Kind:
    text = text[:LOOKED_AT]
    if is_code(text):
        return "code"
    begin = lower_text(text[:BEGINNING])
    found = [
        (kind == "writing", match.start(), kind)
        for kind, words in WORDS.items()
        if (match := words.search(begin))
    ]
    if found:
        return min(found)[2]
    return "facts" if ASKING.search(begin) or begin.rstrip().endswith(("?", "？", "؟")) else "other"


def is_code(text: str) -> bool:
    return bool(
        CODE.search(lower_text(text))
        or (any(mark in text for mark in "{};") and STATEMENT.search(text))
        or ("(" in text and CALL.search(text))
    )


def language_of(text: str) -> str:
    """The language as ISO 639-1 names it; empty where nothing tells."""
    words = WORD.findall(FENCED.sub(" ", text[:LOOKED_AT]))[:MOST_WORDS]
    if (script := _script_of(words)) in SCRIPTS:
        return SCRIPTS[script]
    scores = {language: 0 for language in COMMON_WORDS if _writes(language) == script}
    said = [language for word in words for language in LANGUAGES_OF.get(word.lower(), ())]
    lettered = [word for word in words if not word.isascii()]
    for language in scores:
        letters = LETTERS.get(language, frozenset())
        scores[language] = said.count(language) + sum(not letters.isdisjoint(word) for word in lettered)
    best = max(scores, key=lambda language: scores[language], default="")
    return best if best and scores[best] else "ru" if script == "CYRILLIC" else ""


def _script_of(words: list[str]) -> str:
    """The script of most letters. Japanese is mostly Chinese signs, with kana between them."""
    counted: Counter[str] = Counter()
    for letter, count in Counter("".join(word[:LONGEST_WORD] for word in words)).items():
        counted[script_of(letter)] += count
    if counted["CJK"] and (counted["HIRAGANA"] or counted["KATAKANA"]):
        return "HIRAGANA"
    return max(counted, key=lambda script: counted[script], default="")


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    return "LATIN" if letter < "\x80" else unicodedata.name(letter, "").partition(" ")[0]


def _writes(language: str) -> str:
    return {"ru": "CYRILLIC", "uk": "CYRILLIC", "ar": "ARABIC", "fa": "ARABIC"}.get(language, "LATIN")
