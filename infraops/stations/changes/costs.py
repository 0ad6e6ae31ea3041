"""What a stack costs by the prices of this run, and what its run does to the budgets it counts in."""

from collections.abc import Iterable, Mapping

from infraops.assessment.budgets import over, uses_of
from infraops.assessment.cost import cost_of
from infraops.assessment.policy import sentence
from infraops.errors import Denied
from infraops.models.files.prices import REGIONS, Catalogue
from infraops.models.plans.cost import BudgetUse, Cost
from infraops.models.plans.finding import Finding
from infraops.models.plans.plan import PlanModel
from infraops.models.runs.events import Said
from infraops.models.stacks.stack import Environment, Stack
from infraops.stations.bench.job import Job
from infraops.stations.bench.tools import Gate, Tools


def cost_for(stack: Stack, plan: PlanModel, tools: Tools) -> Cost | None:
    """Return what a stack costs before and after its plan; None where nobody looked at its resources."""
    given = tools.pricing.given.get(stack.name)
    return given if given is not None else cost_by(tools.pricing.catalogue, stack, plan, tools)


def cost_by(catalogue: Catalogue, stack: Stack, plan: PlanModel, tools: Tools) -> Cost | None:
    """Return what a stack costs by a catalogue and by nothing else; None where nobody looked at its resources."""
    if plan.holdings is None:
        return None
    return cost_of(plan.holdings, catalogue, region=_region(stack), today=tools.now().date())


def asked_of(tools: Tools, kind: str) -> frozenset[str]:
    """Return the attributes of a type of resource that any of the catalogues asks for."""
    protected = frozenset() if tools.control is None else tools.control.protected.prices.asks_of(kind)
    return tools.pricing.catalogue.asks_of(kind) | protected


def _region(stack: Stack) -> str:
    """Return the region of resources that do not name one: what the stack, else its environment, calls so."""
    named = [values.get(name) for values in (stack.parameters, stack.environment.file.variables) for name in REGIONS]
    return next((value for value in named if isinstance(value, str)), "")


def budget_findings(uses: Iterable[BudgetUse], tools: Tools) -> tuple[Finding, ...]:
    """Return the budgets that are exceeded; where changes need approvals, by the protected branch's rules as well."""
    found: dict[str, Finding] = {}
    for policies in tools.all_policies:
        for finding in over(uses, policies, today=tools.now().date()):
            if finding.denies or finding.message not in found:
                found[finding.message] = finding
    return tuple(found.values())


def budgets_used(costs: Mapping[str, Cost], environment: Environment, tools: Tools) -> tuple[BudgetUse, ...]:
    """Say what is used of the environment's budget and of owners', over this run and what the ledger knows."""
    last_known = {change.stack: change.cost_after for change in tools.past if change.cost_after is not None}
    return uses_of(costs, last_known, tools.stacks.values(), environment, tools.budgets)


def refuse_denied(findings: Iterable[Finding]) -> None:
    """Raise Denied where the control repo forbids what a run as a whole was found to do."""
    denying = [finding for finding in findings if finding.denies]
    if denying:
        raise Denied("assessing the run", "; ".join(sentence(finding) for finding in denying), denying[0].hint)


def within_budgets(gate: Gate) -> Gate:
    """Return a gate that lets nobody through with more than the budgets of the environment and of owners allow."""

    def decide(jobs: tuple[Job, ...], tools: Tools, again: bool) -> None:
        costs = {job.stack.name: job.cost for job in jobs if job.cost is not None}
        if not tools.options.backwards:
            uses = budgets_used(costs, jobs[0].stack.environment, tools)
            findings = budget_findings(uses, tools)
            refuse_denied(findings)
            for finding in findings:  # whoever is asked now sees it before the question
                tools.report(Said(jobs[0].stack.environment.name, gate.name, f"policy: {sentence(finding)}", True))
        gate.decide(jobs, tools, again)

    return Gate(gate.name, decide)
