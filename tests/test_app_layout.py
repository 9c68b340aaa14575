"""The same thing has the same file name in every app."""

import ast
from pathlib import Path

from django.apps import apps

from tests.test_names import trees

OWN = ("chat", "chatbot_project", "conversations", "core", "providers", "rag")


def holds_only_shapes(tree: ast.Module) -> bool:
    """Classes of REST's shapes, and neither a router nor functions that answer."""
    bases = {
        base.id
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if isinstance(base, ast.Name)
    }
    answers = [
        node for node in tree.body if isinstance(node, ast.AsyncFunctionDef) or node_makes_router(node)
    ]
    return "Schema" in bases and not answers


def node_makes_router(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("Router(")


def test_rows_stand_in_the_models_of_their_app() -> None:
    elsewhere = [
        model.__module__
        for app in OWN
        for model in apps.get_app_config(app).get_models()
        if model.__module__.split(".")[:2] != [app, "models"]
    ]
    assert elsewhere == []


def test_only_rows_stand_in_files_called_models() -> None:
    named = {name for name, _ in trees() if "models" in Path(name).with_suffix("").parts}
    apps_of = {Path(name).parts[0] for name in named}
    assert apps_of == set(OWN)
    assert {name for name in named if Path(name).with_suffix("").parts[1] != "models"} == set()


def test_shapes_stand_in_files_called_schemas() -> None:
    assert {Path(name).name for name, tree in trees() if holds_only_shapes(tree)} == {"schemas.py"}
