"""What a stack costs a month, before and after a change, as far as prices are known. Pure."""

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
    def delta(self) -> float:
        """What a month costs more than before, by the known prices."""
        return self.after - self.before
