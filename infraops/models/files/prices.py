"""Prices: what a resource of a type costs, where that was read, and for how long it holds. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from infraops.errors import Place
from infraops.models.basics.base import FileModel
from infraops.models.files.deprecation import Day
from infraops.models.plans.cost import Cost

HOURS_A_MONTH = 730  # 365 days of 24 hours in twelve parts, as clouds quote monthly prices
UNIT_PATTERN = r"^([a-z]+-)?(hour|day|month|year)$"
TYPE_PATTERN = r"^[a-z][a-z0-9_]*\*?$"
ATTRIBUTE_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*|\[[0-9]+\])*$"
CURRENCY_PATTERN = r"^[A-Z]{3}$"
CURRENCY = "USD"  # in which budgets are written
REGIONS = ("region", "location")  # attributes, and variables of an environment, that name one

_MONTHS = {"hour": HOURS_A_MONTH, "day": HOURS_A_MONTH / 24, "month": 1, "year": 1 / 12}

Attribute = Annotated[str, Field(pattern=ATTRIBUTE_PATTERN)]
Amount = Annotated[float | int, Field(ge=0, allow_inf_nan=False)]


class Price(FileModel):
    """What one resource costs, or one `part` of it: `price` for each `unit`, as many times as `quantity` says."""

    sku: str = Field(min_length=1)
    resource: str = Field(pattern=TYPE_PATTERN)
    where: dict[Attribute, str | int | float | bool] = {}
    part: str = ""
    region: str = ""
    unit: str = Field(pattern=UNIT_PATTERN)
    quantity: Amount | Attribute = 1
    price: Amount
    currency: str = Field(default=CURRENCY, pattern=CURRENCY_PATTERN)
    source: str = Field(min_length=1)
    retrieved_at: Day
    valid_until: Day | None = None

    @property
    def monthly(self) -> float:
        """What one of it costs a month."""
        return float(self.price) * _MONTHS[self.unit.rpartition("-")[2]]

    @property
    def asks_of(self) -> frozenset[str]:
        """The attributes of a resource that decide whether and how often it costs this."""
        quantity = {self.quantity} if isinstance(self.quantity, str) else set()
        return frozenset({*self.where, *quantity, *(REGIONS if self.region else ())})


class PriceFile(FileModel):
    """`prices/*.yaml` as written."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    prices: tuple[Price, ...] = Field(default=(), strict=False)


@dataclass(frozen=True)
class PlacedPrice:
    """A price and where it stands."""

    written: Price
    place: Place
    built_in: bool = False

    def is_of(self, kind: str) -> bool:
        """Whether it prices resources of a type; `*` at the end of its own stands for any text."""
        prefix, any_text, _ = self.written.resource.partition("*")
        return kind.startswith(prefix) if any_text else kind == prefix


@dataclass(frozen=True)
class Catalogue:
    """All prices, those of the control repo and the built-in ones."""

    prices: tuple[PlacedPrice, ...] = ()

    def of(self, kind: str) -> tuple[PlacedPrice, ...]:
        """Return the prices of a type. Where the control repo has any, the built-in ones do not count."""
        if kind not in self._looked_up:
            found = tuple(price for price in self.prices if price.is_of(kind))
            own = tuple(price for price in found if not price.built_in)
            self._looked_up[kind] = own or found
        return self._looked_up[kind]

    def asks_of(self, kind: str) -> frozenset[str]:
        """Return the attributes of a type of resource that prices depend on."""
        return frozenset(name for price in self.of(kind) for name in price.written.asks_of)

    @property
    def currency(self) -> str:
        """The one currency of all prices that are not zero."""
        return next((price.written.currency for price in self.prices if price.written.price), CURRENCY)

    @cached_property
    def _looked_up(self) -> dict[str, tuple[PlacedPrice, ...]]:
        return {}


@dataclass(frozen=True)
class Pricing:
    """By what a run judges costs. `given` are sums by stack that somebody else worked out; they win over `catalogue`.

    `every` says that stacks to which nothing happens are looked into as well.
    """

    catalogue: Catalogue = Catalogue()
    given: Mapping[str, Cost] = field(default_factory=dict)
    every: bool = False


def steps_of(attribute: str) -> tuple[str | int, ...]:
    """Return the way to an attribute: `root_block_device[0].volume_size` is three steps."""
    found = re.findall(r"([A-Za-z_][A-Za-z0-9_-]*)|\[([0-9]+)\]", attribute)
    return tuple(name or int(index) for name, index in found)
