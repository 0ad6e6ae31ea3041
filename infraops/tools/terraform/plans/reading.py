"""A plan's document, read for all who want to know something of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from infraops.models.basics.digests import digest_of
from infraops.models.plans.plan import PlanModel
from infraops.tools.terraform.messages.events import Diagnostic
from infraops.tools.terraform.messages.secrecy import Secrecy
from infraops.tools.terraform.plans.effect import Keyed, canonical_effect
from infraops.tools.terraform.plans.holdings import AsksOf, holdings_in
from infraops.tools.terraform.plans.model import plan_model

HandOn = Callable[[Mapping[str, Any]], None]  # takes the document of a plan in which sensitive values are masked


@dataclass(frozen=True)
class Reading:
    """What is asked of a plan beside its changes."""

    stand_ins: Sequence[str] = ()  # inputs that it was made without real values for
    keyed: Keyed | None = None  # digests sensitive values for the digest of the effect; without it there is none
    asks_of: AsksOf | None = None  # names the attributes that prices depend on; without it there are no holdings
    hand_on: HandOn | None = None  # is handed the plan's document
    every: bool = False  # a quiet plan is looked into as well, for which Terraform starts the providers once more


def read_document(
    document: Mapping[str, Any], asked: Reading, *, secrecy: Secrecy, warnings: Iterable[Diagnostic]
) -> PlanModel:
    """Return what a plan would do, from its document."""
    effect = canonical_effect(document, keyed=asked.keyed, tells=secrecy.tells) if asked.keyed is not None else {}
    model = plan_model(
        document,
        stand_ins=asked.stand_ins,
        warnings=[warning.summary for warning in warnings],
        hide=secrecy.hide_in,
        effect=digest_of(effect) if effect else "",
    )
    return model if asked.asks_of is None else replace(model, holdings=tuple(holdings_in(document, asked.asks_of)))
