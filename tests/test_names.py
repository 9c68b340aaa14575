"""Public names say what they do, in Python and on the page, and docstrings say something."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.test_structure import ROOT, name_of, sources

NEED_AN_OBJECT = frozenset(["begun", "forget", "hold", "keep", "settle", "take", "tell", "told", "warm"])
SAY_NOTHING = frozenset(["again", "evenly", "fitting", "rest", "standing", "whole", "within", "lead_on"])
KEPT = {
    "providers/admin/learned.py: forget": "Django's forms post the names of actions",
    "chat/tools/mcp/oauth/pending.py: begun": "cookies that browsers hold have that name",
}
PARTICIPLE = re.compile(r"(?!(un|re)?(embed|feed|proceed|succeed)$)[a-z]{2,}ed")
IRREGULAR = frozenset(
    [
        "begun",
        "broken",
        "chosen",
        "drawn",
        "given",
        "gone",
        "heard",
        "held",
        "hidden",
        "kept",
        "known",
        "left",
        "made",
        "met",
        "paid",
        "said",
        "seen",
        "sent",
        "shown",
        "spelt",
        "spent",
        "taken",
        "told",
        "took",
        "written",
    ]
)
ADVERBS = frozenset(
    [
        "about",
        "above",
        "after",
        "again",
        "also",
        "among",
        "before",
        "behind",
        "below",
        "beneath",
        "beside",
        "between",
        "beyond",
        "by",
        "during",
        "elsewhere",
        "everybody",
        "lately",
        "soon",
        "to",
        "together",
        "what",
        "when",
        "where",
        "whose",
        "why",
        "with",
        "within",
        "without",
    ]
)
ASKS_WHETHER = re.compile(r"(are|can|did|does|has|is|may|must|was|were)_")
KEPT_PARTICIPLES = frozenset(
    [
        "chat/doors/shares/views.py: shared",  # Names of views and of admins' columns are names of addresses.
        "providers/rest/ollama.py: loaded",
        "core/admin.py: whose",
        "chat/engine/answers/toolbox.py: offered",  # What an object has, though it takes time or a question.
        "chat/tools/tool_finder.py: offered",
        "chat/tools/toolbox.py: offered",
        "chat/tools/search/paced_search.py: left",
        "chat/tools/mcp/server.py: known",
        "chat/engine/answers/answer.py: spent",
        "providers/asking.py: spent",
        "providers/catalogue/lists.py: known",
        "rag/store/matrix.py: joined",
        "chatbot_project/gate.py: passed",  # What has happened is told by its participle.
        "chatbot_project/login/attempts.py: failed",
        "chatbot_project/login/attempts.py: succeeded",
        "chatbot_project/readiness.py: shared",
        "chatbot_project/websocket.py: held",
        "chatbot_project/websocket.py: identified",
    ]
)
"""A list that only shrinks."""
KEPT_MODULES = frozenset(
    [
        "conversations/files/locked.py",  # A file while it is locked.
        "conversations/store/interrupted.py",  # A status of answers.
        "core/originals/guarded.py",  # What is guarded or shared there is an original.
        "core/originals/shared.py",
        "providers/admin/learned.py",  # LearnedFact is a model.
        "providers/configuration/learned.py",
        "providers/costs/unpriced.py",  # A kind of request, in budgets.
    ]
)
"""Modules that hold one thing which is so. A list that only shrinks."""
SAYS_LITTLE = frozenset(
    [
        "a",
        "all",
        "an",
        "and",
        "as",
        "by",
        "for",
        "in",
        "is",
        "it",
        "its",
        "of",
        "one",
        "that",
        "the",
        "these",
        "this",
        "those",
        "to",
        "with",
    ]
)
FEWEST_WORDS = 5
"""A docstring of fewer words names what its reader sees already."""

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sources():
        name = name_of(path)
        if path.suffix == ".py" and not name.startswith(("tests/", "bench/")):
            yield name, ast.parse((ROOT / name).read_text())


def definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    """Those of a module and of its classes; what stands inside a function is nobody else's."""
    for node in body:
        if isinstance(node, ast.If | ast.Try):
            yield from definitions(node.body)
        if isinstance(node, Definition):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from definitions(node.body)


def public_names(tree: ast.Module) -> Iterator[str]:
    for node in definitions(tree.body):
        yield node.name
        if isinstance(node, ast.ClassDef):
            yield from (
                field.target.id
                for field in node.body
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            )
    for inner in ast.walk(tree):
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            yield inner.attr


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public ones of a module and of its classes."""
    for node in definitions(tree.body):
        if not isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node


def is_had_or_asked(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether it is a property, stands behind `with`, or answers yes or no: there a participle reads well."""
    marks = {ast.unparse(mark).split(".")[-1] for mark in function.decorator_list}
    given = "" if function.returns is None else ast.unparse(function.returns)
    had = {"property", "cached_property", "contextmanager", "asynccontextmanager"}
    return bool(marks & had) or "ContextManager" in given or given == "bool"


def words_of(text: str) -> set[str]:
    return {word.lower().removesuffix("s") for word in re.findall(r"[A-Z]?[a-z]+", text)} - SAYS_LITTLE


def test_no_verb_or_adverb_stands_alone_as_a_public_name() -> None:
    found = {
        f"{file}: {name}"
        for file, tree in trees()
        for name in public_names(tree)
        if name in NEED_AN_OBJECT | SAY_NOTHING
    }
    assert found == set(KEPT)


def test_every_public_docstring_says_something() -> None:
    found = [
        f"{file}: {name}: {text}"
        for file, tree in trees()
        for node in (tree, *definitions(tree.body))
        if not (name := getattr(node, "name", "")).startswith("_")
        and (text := ast.get_docstring(node)) is not None
        and len(text.split()) < FEWEST_WORDS
    ]
    assert found == []


def test_no_participle_or_adverb_alone_is_the_name_of_a_function() -> None:
    found = {
        f"{file}: {function.name}"
        for file, tree in trees()
        for function in functions(tree)
        if PARTICIPLE.fullmatch(function.name) or function.name in IRREGULAR | ADVERBS
        if not is_had_or_asked(function)
    }
    assert found == KEPT_PARTICIPLES


def test_what_is_named_like_a_question_answers_yes_or_no() -> None:
    answers = re.compile(r"\bbool_?\b|\bTypeGuard\b|\bTypeIs\b")
    found = [
        f"{file}: {function.name} -> {ast.unparse(function.returns)}"
        for file, tree in trees()
        for function in functions(tree)
        if ASKS_WHETHER.match(function.name) and function.returns is not None
        # A column of the admin is named after the field that it shows in words.
        if not answers.search(ast.unparse(function.returns)) and "/admin" not in f"/{file}"
    ]
    assert found == []


def test_no_docstring_only_repeats_the_name() -> None:
    found = [
        f"{file}: {node.name}: {text}"
        for file, tree in trees()
        for node in definitions(tree.body)
        if not node.name.startswith("_") and (text := ast.get_docstring(node)) is not None
        if words_of(text) <= words_of(node.name)
    ]
    assert found == []


def stands_alone(name: str) -> bool:
    """Whether a name is a participle, an adverb, or a verb that says nothing without its object."""
    return bool(PARTICIPLE.fullmatch(name)) or name in IRREGULAR | ADVERBS | NEED_AN_OBJECT | SAY_NOTHING


def test_no_participle_or_adverb_alone_is_the_name_of_a_module() -> None:
    found = {file for file, _ in trees() if stands_alone(Path(file).stem) and Path(file).name != "rest.py"}
    assert found == KEPT_MODULES


TS_FUNCTION = re.compile(r"^(export |  )(?:async )?function\*? (\w+)[^\n]*", re.MULTILINE)
TS_RETURN = re.compile(r"^  return \{([^}]*)\}", re.MULTILINE)


def typescript_functions(text: str) -> Iterator[tuple[str, str]]:
    """Name and line of those that a module exports, and of those that a store or a composable returns."""
    returned = {name for given in TS_RETURN.findall(text) for name in re.findall(r"\w+", given)}
    for found in TS_FUNCTION.finditer(text):
        if found[1] != "  " or found[2] in returned:
            yield found[2], found[0]


def test_no_participle_adverb_or_bare_verb_is_the_name_of_a_function_of_the_page() -> None:
    found = [
        f"{name_of(path)}: {name}"
        for path in sources()
        if path.suffix in (".ts", ".vue") and name_of(path).startswith("static/src/")
        for name, line in typescript_functions(path.read_text())
        if stands_alone(name) and not re.search(r"\): (boolean|.+ is .+) \{", line)
    ]
    assert found == []


ONE_NAME_FOR_TWO = {
    "Cost": "what an answer cost, and how a file says it",
    "Usage": "what an answer took, and how a file says it",
    "CsrfMiddleware": "the project's, and the same on the event loop",
}


def test_a_class_has_a_name_that_no_other_has() -> None:
    """But for shapes of the wire: there a name is what clients call it."""
    places: dict[str, list[str]] = {}
    for file, tree in trees():
        for node in () if is_of_the_wire(file) else tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(file)
    twice = {name: found for name, found in places.items() if len(found) > 1}
    assert {name: found for name, found in twice.items() if name not in ONE_NAME_FOR_TWO} == {}
    assert set(twice) == set(ONE_NAME_FOR_TWO)


def is_of_the_wire(file: str) -> bool:
    """Modules that hold commands, events, requests and answers, or management commands (`Command`)."""
    folders = ("/chat/protocol/", "/doors/", "/rest/", "/migrations/", "/management/")
    return file.endswith("/schemas.py") or any(folder in f"/{file}" for folder in folders)
