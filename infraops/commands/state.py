"""`infraops init --state`: the bucket that an environment keeps its states in, made once."""

from collections.abc import Callable
from dataclasses import replace

from infraops.commands.context.surroundings import Surroundings, open_repo
from infraops.commands.selection.stacks import choose_environment
from infraops.errors import UsageError
from infraops.models.reports.answers import StatePlace
from infraops.models.stacks.stack import Environment
from infraops.render.state_account import S3, state_account
from infraops.tools import state_bucket
from infraops.tools.state_bucket import Bucket

_NOTHING_TO_MAKE = {
    "local": "kept in the user's state directory, which the first apply makes",
    "pg": "the first plan of a stack makes its schema; the database has to be there",
}
_LEFT_TO_OTHERS = "infraops makes nothing for this backend"


def make_state_place(
    environment: str | None, surroundings: Surroundings, *, agree: Callable[[StatePlace], None]
) -> StatePlace:
    """Make the bucket of an environment's states where there is none; returns how it stands.

    One that is there already is changed only once `agree` returns, which is handed what is not as it should be.
    """
    opened = open_repo(surroundings)
    chosen = opened.repo.environments[choose_environment(opened.repo, environment)]
    backend = chosen.file.state.backend
    place = StatePlace(chosen.name, backend)
    if backend != S3:
        return replace(place, note=_NOTHING_TO_MAKE.get(backend, _LEFT_TO_OTHERS))
    bucket = _bucket(chosen)
    place = replace(place, bucket=bucket.name)
    if not state_bucket.is_there(bucket):
        return replace(place, made=state_bucket.make(bucket))
    place = replace(place, lacked=state_bucket.lacks(bucket))
    if not place.lacked:
        return place
    agree(place)
    return replace(place, mended=state_bucket.mend(bucket))


def _bucket(environment: Environment) -> Bucket:
    file, doing = environment.file, f"making the place for the states of {environment.name}"
    settings = {**state_account(file), **file.state.config}
    where = f"inventories/{environment.name}/environment.yaml: state.config"
    name = settings.get("bucket")
    if not isinstance(name, str):
        raise UsageError(doing, f"{where} names no bucket", "write `bucket: NAME` there")
    if "{blueprint}" in name or "{stack}" in name:
        raise UsageError(
            doing, f"{where} names a bucket for each stack", "name one for all; their keys tell them apart"
        )
    return Bucket(name.replace("{environment}", environment.name), settings, file.emulator)
