"""A small real Terraform provider for trials: `trial_file` is a file, with a name that cannot be changed in place."""

import sys
from pathlib import Path
from typing import Any

from tf.iface import Config, Provider, Resource, State
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.types import String
from tf.utils import Diagnostics

SOURCE = "infraops.local/infraops/trial"


class TrialFile(Resource):  # type: ignore[misc]
    def __init__(self, provider: Any) -> None:
        pass

    @classmethod
    def get_name(cls) -> str:
        return "file"

    @classmethod
    def get_schema(cls) -> Schema:
        return Schema(
            attributes=[
                Attribute("path", String(), required=True, requires_replace=True),
                Attribute("content", String(), required=True),
                Attribute("echo", String(), computed=True),
            ]
        )

    def create(self, ctx: Any, planned: State) -> State:
        Path(planned["path"]).write_text(planned["content"])
        return {**planned, "echo": planned["content"]}

    def read(self, ctx: Any, current: State) -> State | None:
        path = Path(current["path"])
        return {**current, "content": path.read_text()} if path.exists() else None

    def update(self, ctx: Any, current: State, planned: State) -> State:
        Path(planned["path"]).write_text(planned["content"])
        return planned

    def delete(self, ctx: Any, current: State) -> None:
        Path(current["path"]).unlink(missing_ok=True)


class TrialProvider(Provider):  # type: ignore[misc]
    def full_name(self) -> str:
        return SOURCE

    def get_model_prefix(self) -> str:
        return "trial_"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        return Schema()

    def validate_config(self, diags: Diagnostics, config: Config) -> None:
        pass

    def configure_provider(self, diags: Diagnostics, config: Config) -> None:
        pass

    def get_data_sources(self) -> list[Any]:
        return []

    def get_resources(self) -> list[type[Resource]]:
        return [TrialFile]


def write_mirror(directory: Path, *versions: str, remark: str = "") -> Path:
    """Write a filesystem mirror with this provider in some versions."""
    for version in versions:
        program = directory / SOURCE / version / "linux_amd64" / f"terraform-provider-trial_v{version}"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\n# {remark}\nexec "$INFRAOPS_PYTHON" "{Path(__file__).resolve()}" "$@"\n')
        program.chmod(0o755)
    return directory


if __name__ == "__main__":
    run_provider(TrialProvider(), sys.argv)
