"""The S3 bucket that holds Terraform's states: made once, looked at, and mended in what it lacks."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infraops.errors import InfraOpsError
from infraops.tools.aws import client, failures

# It holds secrets, and all that is needed to destroy what was built.
_CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
_TLS_ONLY = "OnlyByTls"
_NOTHING_SET = (
    "NoSuchPublicAccessBlockConfiguration", "ServerSideEncryptionConfigurationNotFoundError", "NoSuchBucketPolicy",
)  # fmt: skip
_FIRST_REGION = "us-east-1"  # which S3 does not want to be told


@dataclass(frozen=True)
class Bucket:
    """A bucket in an account: its name, what is reached with these settings of a backend, and by which emulator."""

    name: str
    settings: Mapping[str, Any]
    emulator: str | None = None


@dataclass(frozen=True)
class _Demand:
    """Something that a bucket of states has to be."""

    words: str
    lacks: Callable[[Any, Bucket], str]  # what it is instead; empty where all is well
    mend: Callable[[Any, Bucket], None]


def is_there(bucket: Bucket) -> bool:
    """Whether a bucket exists. Raises InfraOpsError where that, or the bucket, is not ours to see."""
    s3, doing = _client(bucket), f"looking for the bucket {bucket.name}"
    try:
        s3.head_bucket(Bucket=bucket.name)
    except failures() as error:
        code = _code(error)
        if code == "404":
            return False
        if code == "403":
            hint = "bucket names are the whole world's: choose another, or credentials of the account that has it"
            raise InfraOpsError(
                doing, "it belongs to somebody else, or these credentials may not see it", hint
            ) from None
        raise _failed(doing, error) from error
    return True


def make(bucket: Bucket) -> tuple[str, ...]:
    """Make a bucket, and all that it has to be; returns that in words."""
    s3, doing = _client(bucket), f"making the bucket {bucket.name}"
    region = s3.meta.region_name
    where = {} if region == _FIRST_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3.create_bucket(Bucket=bucket.name, ObjectOwnership="BucketOwnerEnforced", **where)
        s3.get_waiter("bucket_exists").wait(Bucket=bucket.name, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        for demand in _demands(bucket):
            demand.mend(s3, bucket)
    except failures() as error:
        raise _failed(doing, error) from error
    return tuple(demand.words for demand in _demands(bucket))


def lacks(bucket: Bucket) -> dict[str, str]:
    """Return what a bucket is not, by what it has to be: `versioned` → `versioning is Suspended`."""
    return {demand.words: instead for demand, instead in _looked_at(bucket)}


def mend(bucket: Bucket) -> tuple[str, ...]:
    """Make a bucket what it has to be, and leave all else of it; returns what was mended."""
    s3, mended = _client(bucket), []
    for demand, _ in list(_looked_at(bucket)):
        try:
            demand.mend(s3, bucket)
        except failures() as error:
            raise _failed(f"making the bucket {bucket.name} {demand.words}", error) from error
        mended.append(demand.words)
    return tuple(mended)


def _demands(bucket: Bucket) -> tuple[_Demand, ...]:
    """Return what a bucket has to be; an emulator that speaks no TLS would refuse everything."""
    plain = bucket.emulator is not None and bucket.emulator.startswith("http://")
    return _DEMANDS if plain else (*_DEMANDS, _TLS)


def _looked_at(bucket: Bucket) -> Iterator[tuple[_Demand, str]]:
    s3 = _client(bucket)
    for demand in _demands(bucket):
        try:
            instead = demand.lacks(s3, bucket)
        except failures() as error:
            raise _failed(f"looking whether the bucket {bucket.name} is {demand.words}", error) from error
        if instead:
            yield demand, instead


def _client(bucket: Bucket) -> Any:
    settings = {**bucket.settings, "s3_use_path_style": bucket.settings.get("use_path_style")}
    s3 = client("s3", settings, emulator=bucket.emulator)
    if s3.meta.region_name in (None, "aws-global"):
        hint = "write `region` in the environment's state.config, or in its `providers.aws`"
        raise InfraOpsError(f"looking for the bucket {bucket.name}", "no region was chosen", hint)
    return s3


def _asked(answer: Callable[[], Any]) -> Any:
    """Return an answer of S3; None where it says that nothing of the kind was ever set."""
    try:
        return answer()
    except failures() as error:
        if _code(error) in _NOTHING_SET:
            return None
        raise


def _unversioned(s3: Any, bucket: Bucket) -> str:
    status = s3.get_bucket_versioning(Bucket=bucket.name).get("Status")
    return "" if status == "Enabled" else f"versioning is {(status or 'off').lower()}: a lost state cannot be had back"


def _version(s3: Any, bucket: Bucket) -> None:
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})


def _unencrypted(s3: Any, bucket: Bucket) -> str:
    found = _asked(lambda: s3.get_bucket_encryption(Bucket=bucket.name))
    return "" if found else "nothing says how it is encrypted"


def _encrypt(s3: Any, bucket: Bucket) -> None:
    key = bucket.settings.get("kms_key_id")
    own = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key} if key else {"SSEAlgorithm": "AES256"}
    rules = [{"ApplyServerSideEncryptionByDefault": own, "BucketKeyEnabled": bool(key)}]
    s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": rules})


def _open(s3: Any, bucket: Bucket) -> str:
    found = _asked(lambda: s3.get_public_access_block(Bucket=bucket.name))
    blocked = found["PublicAccessBlockConfiguration"] if found else {}
    missing = [name for name in _CLOSED if not blocked.get(name)]
    return f"public access is not blocked ({', '.join(missing)})" if missing else ""


def _close(s3: Any, bucket: Bucket) -> None:
    s3.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=_CLOSED)


def _without_tls(s3: Any, bucket: Bucket) -> str:
    refused = any(_refuses_plain(each) for each in _policy(s3, bucket)["Statement"])
    return "" if refused else "nothing refuses requests without TLS"


def _refuse_plain(s3: Any, bucket: Bucket) -> None:
    policy = _policy(s3, bucket)
    arn = f"arn:{s3.meta.partition}:s3:::{bucket.name}"
    statement = {
        "Sid": _TLS_ONLY,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy["Statement"].append(statement)
    s3.put_bucket_policy(Bucket=bucket.name, Policy=json.dumps(policy))


def _policy(s3: Any, bucket: Bucket) -> dict[str, Any]:
    found = _asked(lambda: s3.get_bucket_policy(Bucket=bucket.name))
    policy: dict[str, Any] = json.loads(found["Policy"]) if found else {"Version": "2012-10-17", "Statement": []}
    if isinstance(policy["Statement"], dict):  # one may stand alone
        policy["Statement"] = [policy["Statement"]]
    return policy


def _refuses_plain(statement: Mapping[str, Any]) -> bool:
    condition = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    everybody = statement.get("Principal") in ("*", {"AWS": "*"})
    everything = statement.get("Action") in ("s3:*", "*", ["s3:*"])
    return statement.get("Effect") == "Deny" and everybody and everything and condition in ("false", ["false"], False)


def _code(error: Exception) -> str:
    return str(getattr(error, "response", {}).get("Error", {}).get("Code", ""))


def _failed(doing: str, error: Exception) -> InfraOpsError:
    hint = "are these the credentials and the region that the environment's state.config means?"
    return InfraOpsError(doing, str(error), hint)


_TLS = _Demand("reached by TLS alone", _without_tls, _refuse_plain)
_DEMANDS = (
    _Demand("private", _open, _close),
    _Demand("versioned", _unversioned, _version),
    _Demand("encrypted", _unencrypted, _encrypt),
)
