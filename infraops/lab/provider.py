"""The Terraform provider `infraops.local/infraops/lab` with its one resource, `lab_host`.

Run as `python -m infraops.lab.provider` by Terraform.
"""

import os
import sys
import threading
from pathlib import Path
from typing import Any

from tf.iface import Config, Provider, Resource
from tf.schema import Schema
from tf.utils import Diagnostics

from infraops.lab import serve
from infraops.lab.checkout import Checkout
from infraops.lab.mirror import SOURCE
from infraops.lab.resource import LabHost, reported


class LabProvider(Provider):  # type: ignore[misc]  # `tf` has no types
    """The provider: it knows the checkout that the hosts belong to."""

    def __init__(self, checkout: Checkout) -> None:
        self.checkout = checkout

    def full_name(self) -> str:
        """Return the source address."""
        return SOURCE

    def get_model_prefix(self) -> str:
        """Return what resource types start with."""
        return "lab_"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        """Return the provider's own settings: it has none, its environment says everything."""
        return Schema()

    def validate_config(self, diags: Diagnostics, config: Config) -> None:
        """Accept the empty configuration."""

    def configure_provider(self, diags: Diagnostics, config: Config) -> None:
        """Find the control repo, so that its absence is said once and early."""
        reported(diags, None, lambda: self.checkout.workspace)

    def get_data_sources(self) -> list[Any]:
        """Return no data sources."""
        return []

    def get_resources(self) -> list[type[Resource]]:
        """Return the one resource."""
        return [LabHost]


def main() -> int:
    """Serve Terraform; returns the exit code."""
    if serve.COOKIE not in os.environ:
        sys.stderr.write(f"This program is the Terraform provider {SOURCE}; Terraform starts it, nobody else.\n")
        return 64
    stopping = threading.Event()
    serve.serve(LabProvider(Checkout(dict(os.environ), Path.cwd(), stopping)), stopping)
    return 0


if __name__ == "__main__":
    sys.exit(main())
