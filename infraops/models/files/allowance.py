"""What a branch that nobody trusts yet may be made of: the built-in allowance, and a file that widens it."""

from fnmatch import fnmatchcase
from typing import Literal

from pydantic import Field

from infraops.models.basics.base import FileModel
from infraops.models.files.template import Identifier

# These compute, and reach neither files nor the network.
PROVIDERS = (
    "terraform.io/builtin/terraform",
    "infraops.local/infraops/lab",
    "hashicorp/null",
    "hashicorp/random",
    "hashicorp/time",
)
# What Terraform needs to start, to find its mirrors and to reach a registry; nothing that opens a door.
ENVIRONMENT = (
    "PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "TERM", "TMPDIR", "NO_COLOR", "USER", "LOGNAME", "VIRTUAL_ENV",
    "LD_LIBRARY_PATH", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "no_proxy",
    "all_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "TF_CLI_CONFIG_FILE",
    "TF_PLUGIN_CACHE_DIR", "INFRAOPS_LAB_*",
)  # fmt: skip


class AllowFile(FileModel):
    """The file that `--allow` names, as written; it adds to the built-in allowance and takes nothing from it."""

    schema_: Literal["infraops/v1"] = Field(alias="schema")
    providers: tuple[str, ...] = Field(default=(), strict=False)
    provider_settings: dict[str, tuple[Identifier, ...]] = Field(default={}, strict=False)
    data_sources: tuple[str, ...] = Field(default=(), strict=False)
    resources: tuple[str, ...] = Field(default=(), strict=False)
    ephemeral: tuple[str, ...] = Field(default=(), strict=False)
    modules: tuple[str, ...] = Field(default=(), strict=False)
    backends: tuple[str, ...] = Field(default=(), strict=False)
    programs: tuple[str, ...] = Field(default=(), strict=False)
    ledgers: tuple[str, ...] = Field(default=(), strict=False)
    secrets: tuple[str, ...] = Field(default=(), strict=False)
    environment: tuple[str, ...] = Field(default=(), strict=False)

    def allows(self, kind: str, name: str) -> bool:
        """Whether one of the patterns of a kind fits; `*` in a pattern stands for any text."""
        patterns: tuple[str, ...] = getattr(self, kind)
        built_in = {"providers": PROVIDERS, "environment": ENVIRONMENT}.get(kind, ())
        return any(fnmatchcase(name, pattern) for pattern in (*built_in, *patterns))


BUILT_IN = AllowFile(schema_="infraops/v1")
