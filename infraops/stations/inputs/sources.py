"""Where a stack's inputs come from: real outputs, else outputs a plan already knows, else declared stand-ins."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infraops.errors import InfraOpsError
from infraops.models.files.template import Consumer
from infraops.models.plans.contract import Outputs
from infraops.models.stacks.stack import InputReference, Stack
from infraops.stations.bench.tools import Tools
from infraops.stations.terraform.access import outputs_in_state


@dataclass(frozen=True)
class Inputs:
    """A stack's input values, and the names of those that are only stand-ins."""

    values: dict[str, Any]
    stand_ins: tuple[str, ...] = ()


def inputs_of(stack: Stack, tools: Tools) -> Inputs:
    """Look every input of a stack up.

    Raises InfraOpsError where a producer outside the run was never applied, and where neither a value nor a
    stand-in is known.
    """
    values: dict[str, Any] = {}
    stand_ins: list[str] = []
    for name, reference in stack.inputs.items():
        value = _known(reference, tools)
        if value is None:
            value = _stand_in(stack, name, reference, tools)
            stand_ins.append(name)
        values[name] = value
    return Inputs(values, tuple(stand_ins))


def to_module(stack: Stack, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the stack's module takes as variables."""
    return {name: value for name, value in values.items() if name in stack.module.variables}


def open_to_playbook(stack: Stack, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the playbook is handed as they are: those that nobody calls sensitive."""
    return {name: value for name, value in values.items() if not stack.inputs[name].sensitive and _played(stack, name)}


def secret_to_playbook(stack: Stack, values: Mapping[str, Any]) -> dict[str, str]:
    """Return the sensitive inputs that the playbook is handed like secrets; what is not text, as JSON.

    One that a module's variable takes is not among them unless a parameter says that the playbook uses it too.
    """
    declared = stack.template.file.parameters
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
        if stack.inputs[name].sensitive
        and _played(stack, name)
        and (name in declared or name not in stack.module.variables)
    }


def _played(stack: Stack, name: str) -> bool:
    parameter = stack.template.file.parameters.get(name)
    return parameter is None or Consumer.PLAYBOOK in parameter.used_by


def _known(reference: InputReference, tools: Tools) -> Any:
    real = tools.outputs.real(reference.stack)
    if real is not None:
        return real.values.get(reference.output)
    planned = tools.outputs.planned(reference.stack)
    if planned is not None:
        return planned.get(reference.output)
    return outputs_of_earlier_run(reference.stack, tools).values.get(reference.output)


def outputs_of_earlier_run(name: str, tools: Tools) -> Outputs:
    """Read the outputs of a stack that this run does not carry from its state, once a run."""
    outputs = outputs_in_state(
        tools.stacks[name],
        tools.workspace,
        tools.program,
        environ=tools.environ,
        children=tools.children,
        copies=tools.copies,
        untrusted=tools.options.untrusted,
    )
    tools.outputs.note_real(name, outputs)
    return outputs


def _stand_in(stack: Stack, name: str, reference: InputReference, tools: Tools) -> Any:
    producer = reference.stack
    outside = tools.outputs.planned(producer) is None
    if outside and not tools.options.destroy:
        raise InfraOpsError(
            f"looking up input {name} of {stack.name}",
            f"{producer} has no output {reference.output} yet, and this run does not carry it",
            f"apply {producer} first, or add --with-dependencies",
        )
    if reference.stand_in is None:
        raise InfraOpsError(
            f"planning {stack.name} before {producer} is real",
            f'output "{reference.output}" of {producer} has no value yet and its template declares no stand-in',
            f"apply {producer} first, or give the output a stand_in in its template.yaml",
        )
    return reference.stand_in
