"""The Terraform provider `infraops.local/infraops/lab` with its one resource, `lab_host`.

Run as `python -m infraops.lab.provider` by Terraform.
"""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from tf.iface import Config, Provider, Resource
from tf.schema import Schema
from tf.utils import Diagnostics

from infraops.errors import InfraOpsError
from infraops.lab import rootless, serve
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
    checkout = Checkout(dict(os.environ), Path.cwd(), stopping)
    _enter_namespaces(checkout)
    serve.serve(LabProvider(checkout), stopping)
    return 0


def _enter_namespaces(checkout: Checkout) -> None:
    """As a plain user, start over inside the lab's namespaces; Terraform itself may stay outside."""
    if not rootless.is_needed():
        return
    again = [sys.executable, "-m", "infraops.lab.provider", *sys.argv[1:]]
    # What is wrong is said when a host is asked for: as a diagnostic, and not to those who only validate. Nor is a
    # base fetched here: Terraform gives a provider one minute to begin.
    with suppress(InfraOpsError, OSError):
        argv = rootless.nsenter_argv(checkout.workspace, again, checkout.environ)
        os.execvp(argv[0], argv)  # noqa: S606 - the same process goes on, as Terraform's child


if __name__ == "__main__":
    sys.exit(main())
