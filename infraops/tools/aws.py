"""AWS by its own library, for what Terraform cannot be asked: with the settings that an environment's provider has."""

import os
from collections.abc import Mapping
from typing import Any

from infraops.errors import InfraOpsError

_SESSION = ("region", "profile")
_FILES = {"shared_config_files": "config_file", "shared_credentials_files": "credentials_file"}
# An emulator is reached without the operator's profile and files, whatever their variables say.
_NOBODYS = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
_PATIENCE_SECONDS = 10


def client(service: str, settings: Mapping[str, Any], *, emulator: str | None, region: str | None = None) -> Any:
    """Return boto3's client of a service, as the AWS provider with these settings would work with it.

    Raises InfraOpsError where boto3 is not installed, or no credentials lead to the account.
    """
    boto3, botocore = _library()
    config = botocore.config.Config(
        connect_timeout=_PATIENCE_SECONDS,
        read_timeout=_PATIENCE_SECONDS,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": "path"} if emulator or settings.get("s3_use_path_style") else {},
    )
    where = region or settings.get("region")
    try:
        if emulator:
            alone = botocore.session.Session(session_vars=_NOBODYS)
            session = boto3.Session("emulator", "emulator", region_name=where, botocore_session=alone)
        else:
            session = _session(boto3, botocore, settings, where)
        endpoint = emulator or settings.get("endpoints", {}).get(service)
        return session.client(service, endpoint_url=endpoint, config=config)
    except botocore.exceptions.BotoCoreError as error:
        raise InfraOpsError("connecting to AWS", str(error), "see `providers` in the environment's file") from error


def failures() -> tuple[type[Exception], ...]:
    """Return the exceptions in which boto3's clients tell what went wrong."""
    _, botocore = _library()
    return (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError)


def unhealthy_targets(arn: str, settings: Mapping[str, Any], *, emulator: str | None) -> str | None:
    """Return None where a target group has targets and all of them are healthy, else what is wrong."""
    region = arn.split(":")[3] if arn.count(":") >= 5 else None
    try:
        found = client("elbv2", settings, emulator=emulator, region=region).describe_target_health(TargetGroupArn=arn)
    except failures() as error:
        return str(error)
    targets = found["TargetHealthDescriptions"]
    if not targets:
        return "the target group has no targets"
    wrong = [target for target in targets if target["TargetHealth"]["State"] != "healthy"]
    return "; ".join(map(_in_words, wrong)) or None


def _in_words(target: Mapping[str, Any]) -> str:
    health = target["TargetHealth"]
    why = health.get("Description") or health.get("Reason", "")
    return f"{target['Target']['Id']} is {health['State']}" + (f" ({why})" if why else "")


def _session(boto3: Any, botocore: Any, settings: Mapping[str, Any], region: str | None) -> Any:
    inner = botocore.session.Session(profile=settings.get("profile"))
    for key, variable in _FILES.items():
        if files := settings.get(key):
            inner.set_config_variable(variable, files[0])
    session = boto3.Session(botocore_session=inner, region_name=region)
    for role in _roles(settings):
        sts = session.client("sts", endpoint_url=settings.get("endpoints", {}).get("sts"))
        wanted = {"RoleArn": role["role_arn"], "RoleSessionName": role.get("session_name") or "infraops"}
        if role.get("external_id"):
            wanted["ExternalId"] = role["external_id"]
        found = sts.assume_role(**wanted)["Credentials"]
        keys = (found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
        session = boto3.Session(*keys, region_name=session.region_name)
    return session


def _roles(settings: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    written = settings.get("assume_role") or []
    return [role for role in (written if isinstance(written, list) else [written]) if role.get("role_arn")]


def _library() -> tuple[Any, Any]:
    try:
        import boto3  # 0.2 s, and an extra: most environments have nothing to do with AWS
        import botocore.config
        import botocore.exceptions
        import botocore.session
    except ImportError:
        hint = "install it: pip install 'infraops[aws]'"
        raise InfraOpsError("asking AWS", "the library boto3 is not installed", hint) from None
    return boto3, botocore
