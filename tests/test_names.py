"""Public names say what they do, and docstrings are sentences that say something."""

import ast
from collections.abc import Iterator

from tests.test_structure import ROOT, name_of, sources

NEED_AN_OBJECT = frozenset(["begun", "forget", "hold", "keep", "settle", "take", "tell", "told", "warm"])
SAY_NOTHING = frozenset(["again", "evenly", "fitting", "rest", "standing", "whole", "within", "lead_on"])
KEPT = {
    "providers/admin/learned.py: forget": "Django's forms post the names of actions",
    "chat/tools/mcp/oauth/pending.py: begun": "cookies that browsers hold have that name",
}
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
