"""Checking that what an input takes can stand where it goes: a parameter, or a variable of the module."""

from collections.abc import Iterator
from dataclasses import dataclass

from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import listing, quote
from infraops.controlrepo.parameters.constraints import read_constraint
from infraops.controlrepo.parameters.shapes import Shape, declared_shape, fits, shape_of_value, written_type
from infraops.controlrepo.stacks.deployments import Deployment
from infraops.models.files.template import Consumer, DeclaredOutput
from infraops.models.stacks.stack import Template


@dataclass(frozen=True)
class Taker:
    """Who is handed an input: what it is called in messages, its shape, and whether Terraform converts on the way."""

    words: str
    shape: Shape
    converts: bool

    def takes(self, given: Shape) -> bool:
        """Say whether a value of this shape fits."""
        return fits(given, self.shape, converts=self.converts)


def check_fit(deployment: Deployment, name: str, reference: str, producer: Template, mistakes: Mistakes) -> None:
    """Check the declared type of the output that an input takes, and its stand-in, against all who are handed it."""
    declared = producer.file.outputs[reference.partition(".")[2]]
    for taker in _takers(deployment, name):
        if not taker.takes(declared_shape(declared)):
            _take_down_type(deployment, name, reference, producer, taker, mistakes)
            return
        if not taker.takes(shape_of_value(declared.stand_in)):
            problem = f"the stand-in of the output {reference} does not fit {taker.words}"
            hint = f"mend stand_in in the template {producer.reference}, or take another output"
            mistakes.add(deployment.place("inputs", name), problem, hint)
            return


def _takers(deployment: Deployment, name: str) -> Iterator[Taker]:
    parameter = deployment.template.file.parameters.get(name)
    if parameter is not None:
        # Nothing converts on the way to a playbook.
        words, converts = f"the parameter {quote(name)}", Consumer.PLAYBOOK not in parameter.used_by
        yield Taker(f"{words} of type {written_type(parameter)}", declared_shape(parameter), converts)
    constraint = deployment.module.types.get(name)
    if constraint is not None and (parameter is None or Consumer.TERRAFORM in parameter.used_by):
        where = f"the variable {quote(name)} in terraform/{deployment.environment.platform}"
        yield Taker(f"{where} of type {_on_one_line(constraint)}", read_constraint(constraint), converts=True)


def _take_down_type(
    deployment: Deployment, name: str, reference: str, producer: Template, taker: Taker, mistakes: Mistakes
) -> None:
    blueprint, _, output = reference.partition(".")
    declared = producer.file.outputs[output]
    problem = f"the output {reference} is of type {written_type(declared)}, but {taker.words}"
    if fits(declared_shape(declared), taker.shape):
        problem += ", and nothing converts it on its way to the playbook"
    alike = {other: one for other, one in producer.file.outputs.items() if one.sensitive == declared.sensitive}
    fitting = listing(sorted(other for other, one in alike.items() if _serves(one, taker)))
    instead = f"take one that fits ({blueprint} has {fitting})" if fitting else "take one that fits"
    hint = f"{instead}, or mend the output's type in the template {producer.reference}"
    mistakes.add(deployment.place("inputs", name), problem, hint)


def _serves(output: DeclaredOutput, taker: Taker) -> bool:
    return taker.takes(declared_shape(output)) and taker.takes(shape_of_value(output.stand_in))


def _on_one_line(constraint: str) -> str:
    return " ".join(constraint.split())
