"""Reviews to write: of stacks to which something of every kind happens."""

from collections.abc import Iterable
from itertools import pairwise

from infraops.errors import Place
from infraops.models.ledger.runs import GitState
from infraops.models.plans.finding import Finding, Severity
from infraops.models.plans.plan import Action, AttributeChange, PlanModel, ResourceChange
from infraops.models.reports.graph import Edge, EdgeKind, Handed, Node, StackGraph
from infraops.models.reports.review import Review, Subject
from infraops.models.runs.run import Failure, Outcome, RunResult, StackResult

FINGERPRINT = "52e75662474cf23cef8b8317978cf2427583f975e16dc97840e1258dc231cd12"


def change(action: Action, address: str = "module.service.disk.data", **attribute: object) -> ResourceChange:
    attributes = (AttributeChange("size", **{"before": 1, "after": 2, **attribute}),)  # type: ignore[arg-type]
    return ResourceChange(address, "disk", action, attributes=attributes)


def stack(
    name: str, *changes: ResourceChange, to_configure: tuple[str, ...] | None = (), **more: object
) -> StackResult:
    plan = PlanModel(changes=changes)
    values = {"plan": plan, "to_configure": to_configure, "fingerprint": FINGERPRINT if changes else "", **more}
    return StackResult(f"lab/{name}", Outcome.DONE, **values)  # type: ignore[arg-type]


def unplanned(name: str, problem: str = "the provider is away", *, exit_code: int = 1) -> StackResult:
    failure = Failure("plan", f"planning lab/{name}", problem, "try again", exit_code)
    return StackResult(f"lab/{name}", Outcome.FAILED, failure=failure)


def finding(*, waived: str = "") -> Finding:
    return Finding(
        "tidy", Severity.WARN, "lab <b>is</b> untidy", "tidy up", "order: a place for all", "policies/a.yaml:3", waived
    )


def review(*stacks: StackResult, owner: str = "team-shop", summary: str = "", orphans: tuple[str, ...] = ()) -> Review:
    names = [each.stack for each in stacks]
    return Review(
        result=RunResult("20261122-051042-76bf", "review", "lab", Outcome.DONE, 1.0, stacks, orphans=orphans),
        subjects={
            name: Subject(name, "web-service@1.0", owner, Place(f"blueprints/{name[4:]}.yaml", 3), summary)
            for name in names
        },
        graph=chain(names),
        git=GitState("ad5f9d209421aaaa"),
        versions={"infraops": "0.1.0", "terraform": "1.15.5"},
    )


def chain(names: Iterable[str]) -> StackGraph:
    """Return a graph in which each stack takes a value of the one before."""
    names = list(names)
    nodes = tuple(Node(name, "web-service@1.0", "us", level=at + 1) for at, name in enumerate(names))
    handed = (Handed("url", "url"),)
    return StackGraph("lab", nodes, tuple(Edge(one, two, EdgeKind.DATA, handed) for one, two in pairwise(names)))
