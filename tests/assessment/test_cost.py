"""What resources cost by a catalogue: which price is chosen, what is unknown, and that unknown is never zero."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.assessment.cost import cost_of
from infraops.assessment.forecast import month_end
from infraops.errors import Place
from infraops.models.files.prices import Catalogue, PlacedPrice, Price, steps_of
from infraops.models.plans.cost import Cost
from infraops.models.plans.plan import Holding

TODAY = date(2026, 11, 22)


def price(amount: float, *, built_in: bool = False, **more: Any) -> PlacedPrice:
    values = {"sku": "a-disk", "resource": "disk", "unit": "month", "source": "a list", "retrieved_at": "2026-11-01"}
    written = Price.model_validate({**values, "price": amount, **more})
    return PlacedPrice(written, Place("infraops/prices/a.yaml" if built_in else "prices/a.yaml", 3), built_in)


def after(attributes: Mapping[str, Any] | None, *prices: PlacedPrice, kind: str = "disk", region: str = "") -> Cost:
    return cost_of([Holding("disk.a", kind, None, attributes)], Catalogue(prices), region=region, today=TODAY)


@pytest.mark.parametrize(
    ("attributes", "prices", "monthly"),
    [
        ({}, [price(12)], 12),
        ({}, [price(0.1, unit="hour")], 73),
        ({}, [price(1, unit="day")], 730 / 24),
        ({}, [price(120, unit="year")], 10),
        ({"size": 20}, [price(0.1, unit="gb-month", quantity="size")], 2),
        ({"size": "20"}, [price(0.1, unit="gb-month", quantity="size")], 2),
        ({}, [price(3, quantity=4)], 12),
        ({"kind": "ssd"}, [price(1, where={"kind": "ssd"}), price(2, where={"kind": "tape"})], 1),
        ({"n": 4.0, "b": True}, [price(5, where={"n": 4, "b": "true"})], 5),
        ({"kind": "ssd"}, [price(1), price(7, where={"kind": "ssd"})], 7),
        ({"kind": "ssd", "old": False}, [price(1, where={"kind": "ssd"}), price(7, where={"old": False})], 7),
        ({"size": 10}, [price(5, part="machine"), price(0.5, part="storage", unit="gb-month", quantity="size")], 10),
        ({}, [price(0, built_in=True), price(9)], 9),
        ({}, [price(4, resource="di*")], 4),
    ],
)  # fmt: skip
def test_a_resource_costs_what_fits_it_best(
    attributes: dict[str, Any], prices: list[PlacedPrice], monthly: float
) -> None:
    found = after(attributes, *prices)
    assert (found.priced, found.unpriced, found.unknown) == (1, 0, ())
    assert found.after == pytest.approx(monthly, abs=0.0001)
    assert found.delta == pytest.approx(monthly, abs=0.0001)


@pytest.mark.parametrize(
    ("attributes", "prices", "named"),
    [
        ({}, [], "disk"),
        ({}, [price(1, resource="diskette")], "disk"),
        ({"kind": None}, [price(1, where={"kind": "ssd"})], "disk"),
        ({}, [price(1, where={"kind": "ssd"})], "disk (kind not known)"),
        ({}, [price(1, quantity="size")], "disk (size not known)"),
        ({"size": None}, [price(1, quantity="size")], "disk (size not known)"),
        ({"size": -1}, [price(1, quantity="size")], "disk (size not known)"),
        ({"size": True}, [price(1, quantity="size")], "disk (size not known)"),
        ({"kind": "x"}, [price(5, part="storage"), price(1, part="machine", where={"kind": "y"})], "disk (machine)"),
        ({"kind": "x"}, [price(0, built_in=True), price(1, where={"kind": "y"})], "disk"),
        ({}, [price(1, region="north")], "disk"),
    ],
)  # fmt: skip
def test_what_has_no_price_is_named_and_is_not_zero(
    attributes: dict[str, Any], prices: list[PlacedPrice], named: str
) -> None:
    found = after(attributes, *prices)
    assert (found.priced, found.unpriced, found.unknown) == (0, 1, (named,))
    assert (found.delta, found.known) == (None, False)


def test_a_resource_names_its_region_or_takes_that_of_its_stack() -> None:
    prices = (price(1, region="north"), price(2, region="south"), price(3))
    assert after({}, *prices).after == 3
    assert after({}, *prices, region="south").after == 2
    assert after({"region": "north"}, *prices, region="south").after == 1
    assert after({"location": "north"}, *prices, region="south").after == 1


def test_what_is_priced_on_one_side_alone_looks_like_no_saving() -> None:
    catalogue = Catalogue((price(50, where={"kind": "ssd"}),))
    turned = Holding("disk.a", "disk", {"kind": "ssd"}, {"kind": "unheard-of"})
    gone = Holding("disk.b", "disk", {"kind": "ssd"}, None)
    found = cost_of([turned, gone], catalogue, region="", today=TODAY)
    assert (found.before, found.after, found.delta) == (50, 0, -50)
    assert (found.priced, found.unpriced, found.unknown) == (1, 1, ("disk",))


def test_old_prices_are_used_and_named() -> None:
    found = after({}, price(1, valid_until="2026-11-21"))
    assert (found.after, found.stale) == (1, ("a-disk (until 2026-11-21)",))
    assert after({}, price(1, valid_until="2026-11-22")).stale == ()


def test_nothing_costs_nothing_and_that_is_known() -> None:
    found = cost_of([], Catalogue(), region="", today=TODAY)
    assert (found.delta, found.known, found.complete) == (0, True, True)


@given(st.lists(st.tuples(st.sampled_from(["disk", "odd"]), st.booleans(), st.booleans()), max_size=12))
def test_sums_are_of_what_is_priced_and_all_are_counted(made: list[tuple[str, bool, bool]]) -> None:
    holdings = [
        Holding(str(at), kind, {} if old else None, {} if new else None) for at, (kind, old, new) in enumerate(made)
    ]
    found = cost_of(holdings, Catalogue((price(2),)), region="", today=TODAY)
    there = [each for each in holdings if each.type == "disk"]
    assert found.priced + found.unpriced == len(holdings)
    assert found.before == 2 * sum(each.before is not None for each in there)
    assert found.after == 2 * sum(each.after is not None for each in there)
    alone = [cost_of([each], Catalogue((price(2),)), region="", today=TODAY) for each in holdings]
    together = sum(alone, start=Cost())
    assert (together.before, together.after) == (found.before, found.after)
    assert (together.priced, together.unpriced, together.unknown) == (found.priced, found.unpriced, found.unknown)


def test_a_path_leads_into_blocks() -> None:
    assert steps_of("root_block_device[0].volume_size") == ("root_block_device", 0, "volume_size")


def test_a_month_costs_what_was_before_and_what_comes_after() -> None:
    half = datetime(2026, 11, 16, tzinfo=UTC)  # of a month with 720 hours
    found = month_end(Cost(before=73, after=146, priced=1), half)
    assert found.month == "2026-11"
    assert found.spent == pytest.approx(36)
    assert found.to_come == pytest.approx(72)
    assert found.total == pytest.approx(108)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))
def test_what_does_not_change_costs_the_same_whenever_it_is_asked(now: datetime) -> None:
    found = month_end(Cost(before=730, after=730, priced=1), now)
    following = (now.replace(day=28) + timedelta(days=4)).replace(day=1)
    hours = (following - timedelta(days=1)).day * 24
    assert found.total == pytest.approx(hours, abs=0.001)
    assert found.spent >= 0
    assert found.to_come > 0
