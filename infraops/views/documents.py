"""Results as JSON documents: one on stdout, with a `schema` key that names its kind and version."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

from infraops.models.plans.contract import Outputs
from infraops.models.plans.cost import Cost
from infraops.models.plans.plan import PlanModel
from infraops.models.reports.answers import LedgerCheck
from infraops.models.runs.run import RunResult, StackResult
from infraops.models.stacks.stack import Template
from infraops.views.console import Streams
from infraops.views.words import harmless

HIDDEN = "(sensitive)"
_PLAIN = frozenset({str, int, float, bool, type(None)})


def print_document(schema: str, content: Mapping[str, Any], streams: Streams) -> None:
    """Print one document on stdout; keys stay in the order they are given."""
    streams.out.out(document_text(schema, content), highlight=False)


def document_text(schema: str, content: Mapping[str, Any], *, indent: int | None = 2) -> str:
    """Write one document; keys stay in the order they are given. Without indentation it is written much faster."""
    return harmless(json.dumps({"schema": schema, **plain(content)}, indent=indent, ensure_ascii=False))


def plain(value: Any) -> Any:
    """Turn dataclasses, models, enums, paths and times into what JSON knows."""
    if type(value) in _PLAIN:  # most values, of a large run; an enum's type is its own
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel):
        return plain(value.model_dump(by_alias=True))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, PurePath) else value


def run_document(result: RunResult) -> dict[str, Any]:
    """Return a run as a document's content."""
    return {
        "run": result.run,
        "line": result.line,
        "environment": result.environment,
        "outcome": result.outcome.value,
        "seconds": round(result.seconds, 3),
        "waited": round(result.waited, 3),
        "counts": plain(result.counts),
        "unconfigured": result.unconfigured,
        "cost": None if result.cost is None else cost_document(result.cost),
        "budgets": plain(result.budgets),
        "findings": plain(result.findings),
        "stacks": [_stack(stack) for stack in result.stacks],
        "orphans": list(result.orphans),
        "failure": plain(result.failure),
    }


def _stack(result: StackResult) -> dict[str, Any]:
    return {
        "stack": result.stack,
        "template": result.template,
        "pinned_apart_from": result.pinned_apart_from,
        "outcome": result.outcome.value,
        "plan": None if result.plan is None else plan_document(result.plan),
        "fingerprint": result.fingerprint or None,
        "stations": plain(result.stations),
        "outputs": None if result.outputs is None else outputs_document(result.outputs),
        "configured": plain(result.configured),
        "prediction": plain(result.prediction),
        "cost": None if result.cost is None else cost_document(result.cost),
        "risk": plain(result.risk),
        "skipped_hosts": list(result.skipped_hosts),
        "findings": plain(result.findings),
        "checks": plain(result.checks),
        "failure": plain(result.failure),
        "blocked_by": result.blocked_by,
        "drift": None if result.drift is None else plain(result.drift),
        "proven_by": result.proven_by,
        "notes": list(result.notes),
    }


def plan_document(plan: PlanModel) -> dict[str, Any]:
    """Return a plan as a document's content; sensitive values were left out when it was read."""
    return {
        "deferred": plan.deferred,
        "stand_ins": list(plan.stand_ins),
        "counts": plain(plan.counts),
        "outputs_changed": plan.outputs_changed,
        "state_from": plan.state_from,
        "changes": plain(plan.changes),
        "drift": plain(plan.drift),
        "unconfigured": plain(plan.unconfigured),
        "failed_checks": list(plan.failed_checks),
        "warnings": list(plan.warnings),
    }


def cost_document(cost: Cost) -> dict[str, Any]:
    """Return a cost as a document's content; where no price is known, the sums are null, not 0."""
    sums = {"before": cost.before, "after": cost.after, "delta": cost.delta}
    return {
        **{name: round(value, 4) if value is not None and cost.known else None for name, value in sums.items()},
        "currency": cost.currency,
        "priced": cost.priced,
        "unpriced": cost.unpriced,
        "unknown": list(cost.unknown),
        "stale": list(cost.stale),
        "source": cost.source,
    }


def outputs_document(outputs: Outputs) -> dict[str, Any]:
    """Return outputs as a document's content, sensitive ones hidden."""
    values = {name: HIDDEN if name in outputs.sensitive else value for name, value in outputs.values.items()}
    return {"hosts": plain(outputs.hosts), "endpoints": dict(outputs.endpoints), "values": plain(values)}


def template_document(template: Template) -> dict[str, Any]:
    """Return a template as a document's content."""
    return {
        "reference": template.reference,
        "built_in": template.built_in,
        "catalog": template.catalog,
        "platforms": sorted(template.modules),
        **plain(template.file.model_dump(mode="json", exclude={"schema_"}, by_alias=True)),
    }


def ledger_check_document(check: LedgerCheck) -> dict[str, Any]:
    """Return what a look at the ledger found as a document's content; `ok` is of all of it."""
    beside = {"approvals": check.approvals, "anchor": check.anchor, "anchor_problem": check.anchor_problem}
    return {**plain(check.chain), **plain(beside), "ok": check.ok}
