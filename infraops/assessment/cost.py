"""What a plan's resources cost a month, by a catalogue; what has no price is named, never taken as zero. Pure."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from infraops.models.files.prices import REGIONS, Catalogue, PlacedPrice, Price
from infraops.models.plans.cost import Cost
from infraops.models.plans.plan import Holding


class _Unpriced(Exception):
    """A resource whose cost nobody knows; its text is the type, and what is missing of it."""


def cost_of(holdings: Iterable[Holding], catalogue: Catalogue, *, region: str, today: date) -> Cost:
    """Sum the resources up, before and after.

    A resource counts where its price is known on both sides: one that is priced before and not after would look like
    something saved. `region` is that of resources that name none.
    """
    before = after = 0.0
    priced = 0
    unknown: list[str] = []
    stale: set[str] = set()
    sources: set[str] = set()
    for holding in holdings:
        try:
            sides = [_prices(holding.type, side, catalogue, region) for side in (holding.before, holding.after)]
        except _Unpriced as missing:
            unknown.append(str(missing))
            continue
        priced += 1
        before, after = before + _sum(sides[0]), after + _sum(sides[1])
        for price, _ in (*sides[0], *sides[1]):
            sources.add(price.place.file)
            if _is_stale(price, today):
                stale.add(f"{price.written.sku} (until {price.written.valid_until})")
    return Cost(
        before=round(before, 4),
        after=round(after, 4),
        currency=catalogue.currency,
        priced=priced,
        unpriced=len(unknown),
        unknown=tuple(sorted(set(unknown))),
        stale=tuple(sorted(stale)),
        source=", ".join(sorted(sources)),
    )


_Chosen = list[tuple[PlacedPrice, float]]


def _sum(side: _Chosen) -> float:
    return sum(price.written.monthly * quantity for price, quantity in side)


def _is_stale(price: PlacedPrice, today: date) -> bool:
    until = price.written.valid_until
    return until is not None and today > date.fromisoformat(until)


def _prices(kind: str, attributes: Mapping[str, Any] | None, catalogue: Catalogue, region: str) -> _Chosen:
    """Choose a price for each part of a resource, with how often it is paid; raise _Unpriced where one has none."""
    if attributes is None:
        return []
    parts: dict[str, list[PlacedPrice]] = {}
    for price in catalogue.of(kind):
        parts.setdefault(price.written.part, []).append(price)
    if not parts:
        raise _Unpriced(kind)
    return [_priced_part(kind, part, prices, attributes, region) for part, prices in parts.items()]


def _priced_part(
    kind: str, part: str, prices: Iterable[PlacedPrice], attributes: Mapping[str, Any], region: str
) -> tuple[PlacedPrice, float]:
    fitting = [price for price in prices if _fits(price.written, kind, attributes, region)]
    if not fitting:
        raise _Unpriced(f"{kind} ({part})" if part else kind)
    # The most particular wins; of those that are alike, the dearest.
    chosen = max(fitting, key=lambda one: (bool(one.written.region), len(one.written.where), one.written.monthly))
    return chosen, _quantity(chosen.written, kind, attributes)


def _fits(price: Price, kind: str, attributes: Mapping[str, Any], region: str) -> bool:
    for name, wanted in price.where.items():
        if name not in attributes:
            raise _Unpriced(f"{kind} ({name} not known)")
        if _text(attributes[name]) != _text(wanted):
            return False
    own = next((str(attributes[name]) for name in REGIONS if attributes.get(name)), region)
    return price.region in ("", own)


def _quantity(price: Price, kind: str, attributes: Mapping[str, Any]) -> float:
    if not isinstance(price.quantity, str):
        return float(price.quantity)
    value = attributes.get(price.quantity)
    try:
        if isinstance(value, bool | None) or float(value) < 0:
            raise ValueError
        return float(value)
    except (TypeError, ValueError):
        raise _Unpriced(f"{kind} ({price.quantity} not known)") from None


def _text(value: Any) -> str:
    """Write a value so that what Terraform calls the same is: 20, 20.0 and "20"; true and "true"."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
