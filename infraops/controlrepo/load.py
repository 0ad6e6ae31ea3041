"""Loading a control repo: every file read once, every reference looked up, every mistake collected."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType

from infraops.controlrepo.blueprints.reading import read_blueprints
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.environments.reading import read_environments
from infraops.controlrepo.governance.authorities import check_authorities
from infraops.controlrepo.governance.budgets import check_budgets
from infraops.controlrepo.governance.policies import read_policies
from infraops.controlrepo.governance.prices import read_prices
from infraops.controlrepo.settings import read_settings
from infraops.controlrepo.stacks.addresses import check_addresses
from infraops.controlrepo.stacks.deployments import deploy
from infraops.controlrepo.stacks.feeding import check_fed
from infraops.controlrepo.stacks.giving import check_given
from infraops.controlrepo.stacks.inputs import check_inputs
from infraops.controlrepo.stacks.making import make_stacks
from infraops.controlrepo.stacks.renames import check_renames
from infraops.controlrepo.stacks.valuing import check_values
from infraops.controlrepo.templates.catalog import read_catalog
from infraops.models.stacks.repo import ControlRepo


def load(
    root: Path, *, built_in: Path, composed: Composed | None = None, edited: Mapping[str, str] = MappingProxyType({})
) -> ControlRepo:
    """Load and check the control repo at `root`; `built_in` is the directory of the built-in catalog.

    `edited` holds texts that are read instead of blueprints' files, by their paths in the control repo. Blueprints and
    templates that `composed` knows are not composed again. The files of environments and the settings
    may hold passwords of backends: those are never handed to it.

    Raises InvalidInput with every mistake in all of its files, sorted by file and line.
    """
    root = root.resolve()
    mistakes, composed = Mistakes(), composed or Composed()
    catalog = read_catalog(root, built_in.resolve(), mistakes, composed)
    environments = read_environments(root, mistakes)
    blueprints = read_blueprints(root, tuple(catalog.templates), mistakes, composed, edited)
    policies = read_policies(root, mistakes, composed)
    prices = read_prices(root, mistakes, composed)
    budgets = partial(check_budgets, environments=environments, blueprints=blueprints, prices=prices, mistakes=mistakes)
    settings = read_settings(root, environments, mistakes, also=budgets)
    deployments = deploy(root, blueprints, environments, catalog, mistakes)
    check_values(deployments, mistakes)
    check_given(deployments, mistakes)
    check_inputs(deployments, mistakes)
    check_fed(deployments, mistakes)
    check_renames(deployments, mistakes)
    check_addresses(deployments, mistakes)
    check_authorities(deployments, settings, mistakes)
    mistakes.refuse()
    stacks = make_stacks(deployments)
    return ControlRepo(root, settings, environments.known, catalog.templates, stacks, policies, prices, composed.used)
