"""Infracost's JSON output (format 0.2): what it says of projects, as the cost of stacks."""

import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePath

from pydantic import BaseModel, Field, ValidationError

from infraops.errors import UsageError
from infraops.models.plans.cost import Cost

SOURCE = "Infracost"
_HINT = "make it with `infracost diff --format json`, or `infracost breakdown --path PLAN.json --format json`"


class _Component(BaseModel):
    monthly: float | None = Field(default=None, alias="monthlyCost", allow_inf_nan=False)
    not_found: bool = Field(default=False, alias="priceNotFound")


class _Resource(BaseModel):
    kind: str = Field(default="", alias="resourceType")
    name: str
    components: list[_Component] = Field(default=[], alias="costComponents")
    below: "list[_Resource]" = Field(default=[], alias="subresources")

    def incomplete(self) -> bool:
        """Whether a part of it has no price, or depends on a usage that nobody told."""
        return any(one.not_found or one.monthly is None for one in self.components) or any(
            resource.incomplete() for resource in self.below
        )


class _Breakdown(BaseModel):
    resources: list[_Resource] = []
    monthly: float | None = Field(default=None, alias="totalMonthlyCost", allow_inf_nan=False)


class _Summary(BaseModel):
    unsupported: dict[str, int] = Field(default={}, alias="unsupportedResourceCounts")
    free: dict[str, int] = Field(default={}, alias="noPriceResourceCounts")


class _Metadata(BaseModel):
    path: str = ""


class _Project(BaseModel):
    name: str
    metadata: _Metadata = _Metadata()
    past: _Breakdown | None = Field(default=None, alias="pastBreakdown")
    breakdown: _Breakdown | None = None
    summary: _Summary = _Summary()


class _Root(BaseModel):
    version: str
    currency: str = "USD"
    projects: list[_Project]


def read_infracost(path: Path, stacks: Collection[str], *, currency: str) -> tuple[Mapping[str, Cost], tuple[str, ...]]:
    """Return the cost of stacks by their full names, and the projects that are none of `stacks`.

    A project is the stack that its name, or its path, ends with: `production/web`, as the directories below
    `.infraops/stacks/` are called. Raises UsageError where the file is not what it should be.
    """
    doing = f"reading Infracost's answer {path}"
    try:
        root = _Root.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(doing, (error.strerror or "it cannot be read").lower(), _HINT) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(doing, f"{place}: {first['msg'].lower()}", _HINT) from None
    except ValueError as error:
        raise UsageError(doing, f"it is not JSON: {error}", _HINT) from None
    if root.currency != currency:
        problem = f"it is in {root.currency}, and the prices and budgets of the control repo are in {currency}"
        raise UsageError(doing, problem, f"let Infracost count in {currency}: `infracost configure set currency`")
    found: dict[str, Cost] = {}
    strangers = []
    for project in root.projects:
        stack = next((name for name in _called(project) if name in stacks), None)
        if stack is None:
            strangers.append(project.name)
        elif stack in found:
            raise UsageError(doing, f"two of its projects are {stack}", "leave one of them out")
        else:
            found[stack] = _cost(project, root.currency, doing)
    if not found:
        what = f"none of its projects is a stack: {', '.join(strangers[:5])}" if strangers else "it has no projects"
        raise UsageError(
            doing, what, "call each project as its stack, such as production/web (`name` in infracost.yml)"
        )
    return found, tuple(strangers)


def _called(project: _Project) -> Iterator[str]:
    """Yield the stacks' names that a project may stand for."""
    for text in (project.name, project.metadata.path):
        parts = PurePath(text).parts
        for end in (len(parts), len(parts) - 1):  # the path may name a plan file in the stack's directory
            if end >= 2:
                yield "/".join(parts[end - 2 : end])


def _cost(project: _Project, currency: str, doing: str) -> Cost:
    if project.past is None or project.breakdown is None:
        problem = f"project {project.name} does not say what it costs {'before' if project.past is None else 'after'}"
        raise UsageError(doing, problem, _HINT)
    incomplete = [resource for resource in project.breakdown.resources if resource.incomplete()]
    free = sum(project.summary.free.values())
    unsupported = project.summary.unsupported
    return Cost(
        before=project.past.monthly or 0.0,
        after=project.breakdown.monthly or 0.0,
        currency=currency,
        priced=len(project.breakdown.resources) - len(incomplete) + free,
        unpriced=len(incomplete) + sum(unsupported.values()),
        unknown=tuple(sorted({*unsupported, *(f"{one.kind or one.name} (usage not known)" for one in incomplete)})),
        source=SOURCE,
    )
