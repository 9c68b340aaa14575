"""The server's translations, without GNU gettext: `python scripts/messages.py update|check`.

`update` brings each language's django.po in line with the sources and compiles its django.mo; a new
sentence comes in untranslated. `check` names what a reader would miss, and exits with 1 if it names anything.
Both files are in git, so that no other machine needs a compiler.
"""

import argparse
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("ru", "tr")
SOURCES = ("chat", "chatbot_project", "conversations", "core", "providers", "rag", "templates")
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]|\{\w*\}")
# Dates in the files would make a difference where there is none.
ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"

"""


def text_path(root: Path, language: str) -> Path:
    return root / "chatbot_project" / "locale" / language / "LC_MESSAGES" / "django.po"


def extract_messages(root: Path) -> Catalog:
    """Every sentence that the sources mark, with the files it stands in."""
    found = Catalog()
    for path in sorted(path for folder in SOURCES for path in (root / folder).rglob("*")):
        if path.suffix not in (".py", ".html") or "migrations" in path.parts:
            continue
        name = path.relative_to(root).as_posix()
        for line, sentence, _, context in extract("python", BytesIO(as_python(path)), KEYWORDS):
            found.add(sentence, locations=[(name, line)], context=context)
    return found


def as_python(path: Path) -> bytes:
    if path.suffix == ".py":
        return path.read_bytes()
    # Django writes a template's marks as calls; its other text, which it blots out, must not look indented.
    lines = templatize(path.read_text(), origin=str(path)).splitlines()
    return "\n".join(line.strip() for line in lines).encode()


def translate_messages(root: Path, language: str) -> Catalog:
    path = text_path(root, language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def as_text(catalog: Catalog, language: str) -> bytes:
    body = BytesIO()
    write_po(
        body,
        catalog,
        width=100,
        omit_header=True,
        sort_by_file=True,
        ignore_obsolete=True,
        include_lineno=False,
    )
    return HEADER.format(language=language, plural_forms=catalog.plural_forms).encode() + body.getvalue()


def compile_messages(catalog: Catalog) -> bytes:
    catalog.creation_date = catalog.revision_date = ALWAYS
    file = BytesIO()
    write_mo(file, catalog)
    return file.getvalue()


def contents(binary: bytes) -> dict[object, object]:
    """What a compiled file says, without its header: that names the version of Babel."""
    messages = [message for message in read_mo(BytesIO(binary)) if message.id]
    return {(*forms_of(message.id), message.context): message.string for message in messages}


def update(root: Path = ROOT) -> None:
    wanted = extract_messages(root)
    for language in LANGUAGES:
        catalog = translate_messages(root, language)
        catalog.update(wanted, no_fuzzy_matching=True)
        path = text_path(root, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_text(catalog, language))
        binary, target = compile_messages(translate_messages(root, language)), path.with_suffix(".mo")
        if not target.is_file() or contents(target.read_bytes()) != contents(binary):
            target.write_bytes(binary)


def problems(root: Path = ROOT) -> Iterator[str]:
    """One line for each sentence that a reader would see in English or with a hole in it."""
    wanted = extract_messages(root)
    for language in LANGUAGES:
        catalog = translate_messages(root, language)
        for message in wanted:
            if message.id and (problem := problem_of(message, catalog.get(message.id, message.context))):
                files = ", ".join(dict.fromkeys(name for name, _ in message.locations))
                yield f"{language}: {problem}: {message.id!r} ({files})"
        target = text_path(root, language).with_suffix(".mo")
        if not target.is_file() or contents(target.read_bytes()) != contents(compile_messages(catalog)):
            yield f"{language}: django.mo is not what django.po says; run `python scripts/messages.py update`"


def problem_of(source: Message, translation: Message | None) -> str:
    forms = forms_of(translation.string) if translation else []
    if translation is None or translation.fuzzy or not forms or not all(forms):
        return "not translated"
    placeholders = set(PLACEHOLDER.findall(forms_of(source.id)[-1]))
    if any(set(PLACEHOLDER.findall(form)) != placeholders for form in forms):
        return "the placeholders differ"
    return ""


def forms_of(text: str | list[str] | tuple[str, ...] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or ())


def main() -> int:
    parser = argparse.ArgumentParser(description="The server's translations.")
    parser.add_argument("verb", choices=("update", "check"))
    if parser.parse_args().verb == "update":
        update()
    found = list(problems())
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
