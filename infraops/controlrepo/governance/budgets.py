"""Checking budgets: they are for somebody, and in the currency of the prices."""

from collections.abc import Iterator

from infraops.controlrepo.blueprints.reading import Blueprints
from infraops.controlrepo.documents.document import Document
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.phrases import quote, suggest
from infraops.controlrepo.environments.reading import Environments
from infraops.errors import Place
from infraops.models.files.prices import CURRENCY, Catalogue
from infraops.models.files.settings import SettingsFile


def check_budgets(
    settings: SettingsFile,
    document: Document,
    *,
    environments: Environments,
    blueprints: Blueprints,
    prices: Catalogue,
    mistakes: Mistakes,
) -> None:
    """Check that owners with a budget own something, and that no budget is held against another currency.

    `document` is what the settings were read from.
    """
    owners = {one.file.owner for one in blueprints.known.values()}
    if not blueprints.broken:
        for owner in settings.budgets.keys() - owners:
            problem = f"budgets: no blueprint is owned by {quote(owner)}"
            mistakes.add(document.place("budgets", owner), problem, suggest(owner, sorted(owners), none="take it away"))
    if prices.currency == CURRENCY:
        return
    for place in _budgets(document, environments, blueprints):
        problem = f"the budget is in {CURRENCY}, and the prices below prices/ are in {prices.currency}"
        mistakes.add(place, problem, f"write the prices in {CURRENCY}, or take the budget away")


def _budgets(document: Document, environments: Environments, blueprints: Blueprints) -> Iterator[Place]:
    if document.value.get("budgets"):
        yield document.place("budgets")
    for name, environment in environments.known.items():
        if environment.file.budget is not None:
            yield environments.documents[name].place("budget")
    for blueprint in blueprints.known.values():
        if blueprint.file.budget is not None:
            yield blueprint.document.place("budget")
