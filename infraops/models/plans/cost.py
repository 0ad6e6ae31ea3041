"""What stacks cost a month, before and after a change, as far as prices are known; and their budgets. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """Monthly cost of one stack's resources, or of several stacks together.

    Sums are of the resources with a known price alone: `priced` of `priced + unpriced` of them. What is unknown is not
    zero: `unknown` names the types without a price, `stale` the prices whose validity has passed.
    """

    before: float = 0.0
    after: float = 0.0
    currency: str = "USD"
    priced: int = 0
    unpriced: int = 0
    unknown: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    source: str = ""

    @property
    def known(self) -> bool:
        """Whether the sums say anything: some resource has a price, or there is none at all."""
        return bool(self.priced) or not self.unpriced

    @property
    def complete(self) -> bool:
        """Whether every resource has a price."""
        return not self.unpriced

    @property
    def delta(self) -> float | None:
        """What a month costs more than before, by the known prices; None where not one is known."""
        return self.after - self.before if self.known else None

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(
            before=self.before + other.before,
            after=self.after + other.after,
            currency=self.currency,
            priced=self.priced + other.priced,
            unpriced=self.unpriced + other.unpriced,
            unknown=tuple(sorted({*self.unknown, *other.unknown})),
            stale=tuple(sorted({*self.stale, *other.stale})),
            source=", ".join(sorted({*_parts(self.source), *_parts(other.source)})),
        )


@dataclass(frozen=True)
class BudgetUse:
    """A budget a month and what would be spent of it. `of` says whose it is: "production", "team-shop".

    `after` is the sum over those stacks whose cost is known: `known` of `stacks`. `dearer` names those that this run
    makes dearer.
    """

    of: str
    kind: str  # environment | owner
    monthly: float
    after: float
    known: int
    stacks: int
    dearer: tuple[str, ...] = ()

    @property
    def exceeded(self) -> bool:
        """Whether more would be spent than there is."""
        return self.after > self.monthly


@dataclass(frozen=True)
class Forecast:
    """What the month that a run falls into costs at most, if its changes are made at once."""

    month: str  # 2026-11
    spent: float  # until now, at the price before
    to_come: float  # until the month's end, at the price after
    currency: str = "USD"

    @property
    def total(self) -> float:
        """The whole month."""
        return self.spent + self.to_come


def _parts(source: str) -> list[str]:
    return [part for part in source.split(", ") if part]
