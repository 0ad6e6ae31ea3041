"""Reading the prices: those that are built in, and the files below `prices/`."""

from datetime import date
from pathlib import Path

from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote
from infraops.controlrepo.documents.reading import read_document
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.files.inside import walk
from infraops.errors import Place
from infraops.models.files.prices import Catalogue, PlacedPrice, Price, PriceFile

DIRECTORY = "prices"
BUILT_IN = Path(__file__).resolve().parents[2] / "prices"
_BUILT_IN_SHOWN = "infraops/prices"  # its path in the package, wherever that is installed


def read_prices(root: Path, mistakes: Mistakes, composed: Composed) -> Catalogue:
    """Read the built-in prices and every file below `root/prices`."""
    found: list[PlacedPrice] = []
    built_in = sorted(BUILT_IN.glob("*.yaml"))
    if not built_in:
        mistakes.add(Place(_BUILT_IN_SHOWN), "the built-in prices are not there", "install infraops again")
    for path in built_in:
        document = read_document(path, f"{_BUILT_IN_SHOWN}/{path.name}", mistakes, composed)
        if document is not None:
            _take(document, found, mistakes, built_in=True)
    for shown in walk(root, DIRECTORY, mistakes):
        document = None
        if shown.endswith((".yaml", ".yml")):
            document = read_document(root / shown, shown, mistakes, composed)
        if document is not None:
            _take(document, found, mistakes, built_in=False)
    _refuse_currencies(found, mistakes)
    return Catalogue(tuple(found))


def _take(document: Document, found: list[PlacedPrice], mistakes: Mistakes, *, built_in: bool) -> None:
    """Take over what one file says."""
    file = validate(PriceFile, document, mistakes)
    for number, written in enumerate(file.prices if file is not None else ()):
        _check(written, document, number, mistakes)
        price = PlacedPrice(written, document.place("prices", number, "sku"), built_in)
        twin = next((one for one in found if not one.built_in and _alike(one.written, written)), None)
        if twin is not None:
            problem = f"{quote(written.resource)} has a price for the same at {twin.place}"
            hint = "take one of them away, or let `where`, `part` or `region` tell them apart"
            mistakes.add(price.place, problem, hint)
        found.append(price)


def _check(price: Price, document: Document, number: int, mistakes: Mistakes) -> None:
    for key in ("retrieved_at", "valid_until"):
        try:
            date.fromisoformat(getattr(price, key) or "2026-01-01")
        except ValueError:
            problem = f"prices[{number}].{key}: there is no day {getattr(price, key)}"
            mistakes.add(document.place("prices", number, key), problem, "write it as 2026-12-31")
    counted = price.unit.rpartition("-")[0]
    if counted and price.quantity == 1:
        problem = f"prices[{number}].unit: {price.unit} counts {counted}, and no quantity says how many"
        hint = "write the attribute that says it, such as quantity: size; or change the unit"
        mistakes.add(document.place("prices", number, "unit"), problem, hint)


def _alike(one: Price, other: Price) -> bool:
    return all(getattr(one, key) == getattr(other, key) for key in ("resource", "part", "region", "where"))


def _refuse_currencies(found: list[PlacedPrice], mistakes: Mistakes) -> None:
    """Take down prices in another currency than the first: nothing here converts them, so they cannot be summed."""
    charged = [price for price in found if price.written.price]
    for price in charged:
        if price.written.currency != charged[0].written.currency:
            problem = f"the price is in {price.written.currency}, and that at {charged[0].place} in "
            problem += charged[0].written.currency
            mistakes.add(price.place, problem, "convert one of them: sums are in one currency")
