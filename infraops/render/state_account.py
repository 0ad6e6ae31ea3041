"""How a state in S3 is reached: as the environment's AWS provider reaches its account, unless told otherwise."""

from collections.abc import Mapping
from typing import Any

from infraops.models.files.environment import EnvironmentFile

S3, AWS = "s3", "aws"
EMULATOR = "emulator.config"  # beside the rendered root module

# The provider's settings that the backend has too, with the backend's names for them.
_SHARED = {
    name: name
    for name in (
        "region", "profile", "shared_config_files", "shared_credentials_files", "assume_role",
        "assume_role_with_web_identity", "allowed_account_ids", "forbidden_account_ids", "endpoints",
        "custom_ca_bundle", "http_proxy", "https_proxy", "no_proxy", "insecure", "max_retries", "retry_mode",
        "use_fips_endpoint", "use_dualstack_endpoint", "skip_credentials_validation", "skip_metadata_api_check",
        "skip_region_validation", "skip_requesting_account_id",
    )
} | {"s3_use_path_style": "use_path_style"}  # fmt: skip
_SERVICES = frozenset({"dynamodb", "iam", "s3", "sso", "sts"})


def state_account(file: EnvironmentFile) -> dict[str, Any]:
    """Return the settings that a backend in S3 has without its own; for every other backend none.

    The state is locked by a file beside it, and encrypted. An emulator stands for the account here as it does for the
    provider.
    """
    if file.state.backend != S3:
        return {}
    locked = {} if "dynamodb_table" in file.state.config else {"use_lockfile": True}
    return {"encrypt": True, **locked, **_of_the_provider(file.providers.get(AWS, {})), **_emulated(file.emulator)}


def _of_the_provider(settings: Mapping[str, Any]) -> dict[str, Any]:
    found = {mine: settings[name] for name, mine in _SHARED.items() if settings.get(name) not in (None, "", [], {})}
    for name in ("assume_role", "assume_role_with_web_identity", "endpoints"):
        # The provider takes a block, or a list of one. It may go from role to role, which the backend cannot.
        if isinstance(written := found.get(name), list) and len(written) == 1:
            found[name] = written[0]
    if isinstance(services := found.get("endpoints"), dict):
        found["endpoints"] = {name: url for name, url in services.items() if name in _SERVICES}
    if "skip_metadata_api_check" in found:  # a string to the provider
        found["skip_metadata_api_check"] = found["skip_metadata_api_check"] in (True, "true")
    return found


def emulated_account(config: str) -> dict[str, Any]:
    """Return the settings that lead the AWS provider to an emulator, for every service, and nowhere else.

    `config` is where it finds the file that names the emulator.
    """
    return {
        "max_retries": 2,  # what an emulator cannot do it will not do later
        "profile": "emulator",
        "shared_config_files": [config],
        "shared_credentials_files": [config],
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_requesting_account_id": True,
    }


def _emulated(url: str | None) -> dict[str, Any]:
    if url is None:
        return {}
    return {**_of_the_provider(emulated_account(EMULATOR)), "endpoints": dict.fromkeys(("iam", "s3", "sts"), url)}
