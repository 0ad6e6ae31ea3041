"""The control repo, read and checked: settings, environments, catalog and stacks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infraops.models.files.policy import Policies
from infraops.models.files.prices import Catalogue
from infraops.models.files.settings import SettingsFile
from infraops.models.stacks.stack import Environment, Stack, Template


@dataclass(frozen=True)
class ControlRepo:
    """Everything that a control repo declares; `root` is its directory, resolved. Mappings are sorted by key."""

    root: Path
    settings: SettingsFile
    environments: Mapping[str, Environment]  # by name
    catalog: Mapping[str, Template]  # by reference, "web-service@1.0"; built-in ones and the repo's own
    stacks: Mapping[str, Stack]  # by full name, "lab/storefront"
    policies: Policies = field(default_factory=Policies)
    prices: Catalogue = field(default_factory=Catalogue)
    composed: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)  # for the next that is loaded
