"""A command is its class and its action; nothing else lists it."""

import inspect

import pytest

from chat.actions.registry import ACTIONS, handles
from chat.doors.dispatch import SESSION_ACTIONS
from chat.management.commands.client_types import typescript
from chat.protocol import commands


@pytest.mark.parametrize("kind", commands.KINDS, ids=lambda kind: kind.__name__)
def test_each_command_is_carried_out_by_a_function_that_takes_it(kind: type[commands.Command]) -> None:
    found = [actions[kind] for actions in (ACTIONS, SESSION_ACTIONS) if kind in actions]
    assert found
    for action in found:
        _who, command = inspect.signature(action, eval_str=True).parameters.values()
        assert command.annotation is kind


@pytest.mark.parametrize("kind", commands.KINDS, ids=lambda kind: kind.__name__)
def test_each_command_is_told_apart_by_a_type_of_its_own(kind: type[commands.Command]) -> None:
    same = [one for one in commands.KINDS if one.model_fields["type"] == kind.model_fields["type"]]
    assert same == [kind]
    [any_command] = [line for line in typescript().splitlines() if line.startswith("export type AnyCommand")]
    assert f"{kind.__name__}Command" in any_command.split()


def test_nothing_is_carried_out_that_is_no_command() -> None:
    assert {*ACTIONS, *SESSION_ACTIONS} == set(commands.KINDS)


def test_a_command_is_carried_out_by_one_function() -> None:
    with pytest.raises(ValueError, match="Branch is carried out by branch already"):
        handles(commands.Branch)(ACTIONS[commands.Branch])
