"""Who is told of a run: of those that act, whatever became of them; and telling never changes what became of them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infraops.commands.apply import apply
from infraops.commands.context.surroundings import Surroundings
from infraops.commands.plan import plan
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.documents.validating import validate
from infraops.controlrepo.schemas.json_schemas import settings_schema
from infraops.errors import InvalidInput, NotApproved
from infraops.models.files.settings import SettingsFile
from infraops.views.reports import notice
from tests.commands.estate import blueprint, make_estate, surroundings
from tests.tools.test_webhook import listening

ALL = Selection(environment="local")
SETTINGS = "schema: infraops/v1\nnotify: {{url: '{url}', secret: env:HOOK_SECRET}}\n"


def make(tmp_path: Path, url: str, events: list[Any] | None = None, **environ: str) -> Surroundings:
    root = make_estate(tmp_path / "repo", {"first": blueprint("first", parameters="{value: hunter2}")})
    (root / "infraops.yaml").write_text(SETTINGS.format(url=url))
    around = surroundings(root, tmp_path, events=events)
    return replace(around, environ={**around.environ, **environ}, notice=notice)


def test_runs_that_act_are_told_of_and_plans_are_not(tmp_path: Path) -> None:
    with listening(lambda _: 200) as (url, seen):
        around = make(tmp_path, url, HOOK_SECRET="s3cret")
        plan(ALL, around)
        assert seen == []
        result = apply(ALL, around)
        with pytest.raises(NotApproved):
            (tmp_path / "repo/blueprints/first.yaml").write_text(blueprint("first", parameters="{value: other}"))
            apply(ALL, replace(around, ask=lambda _: False))
    done, refused = (json.loads(body) for _, _, body in seen)
    assert (done["schema"], done["run"], done["outcome"]) == ("infraops/notice/v1", result.run, "done")
    assert done["stacks"] == [{"stack": "local/first", "outcome": "done", "failure": None}]
    assert (refused["outcome"], refused["failure"]["exit_code"]) == ("not approved", 5)
    assert b"hunter2" not in b"".join(body for _, _, body in seen)


@pytest.mark.parametrize("why", ["no secret", "refused"])
def test_a_notice_that_does_not_arrive_is_a_warning(tmp_path: Path, why: str) -> None:
    events: list[Any] = []
    with listening(lambda _: 500) as (url, seen):
        environ = {} if why == "no secret" else {"HOOK_SECRET": "s3cret"}
        result = apply(ALL, make(tmp_path, url, events, **environ))
    assert exit_code_of(result) == 0
    assert len(seen) == (0 if why == "no secret" else 2), "nothing goes out unsigned"
    (said,) = [event.line for event in events if "was not told" in getattr(event, "line", "")]
    assert ("HOOK_SECRET is not set" if why == "no secret" else "status 500") in said
    assert "a=b" not in said, "an address may hold a secret"


GOOD = (
    "https://hooks.example.org",
    "https://hooks.example.org:8443/a/b?c=d",
    "http://localhost:8080/x",
    "http://127.0.0.1/",
    "http://[::1]:9",
)
BAD = (
    "http://hooks.example.org/",
    "http://localhost.example.org/",
    "http://127.0.0.1.example.org/",
    "http://127.0.0.1@example.org/",
    "https://user:word@example.org/",
    "ftp://example.org",
    "https://",
    "https://a/ b",
)


@pytest.mark.parametrize("url", GOOD + BAD)
def test_notices_go_nowhere_in_clear_text(url: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    text = SETTINGS.format(url=url)
    mistakes = Mistakes()
    document = compose(text, "infraops.yaml", mistakes)
    assert document is not None
    found = validate(SettingsFile, document, mistakes)
    assert (found is not None) is (url in GOOD)
    assert jsonschema.Draft202012Validator(settings_schema()).is_valid(document.value) is (url in GOOD)


def test_a_secret_in_the_place_of_its_reference_is_not_repeated() -> None:
    mistakes = Mistakes()
    document = compose(SETTINGS.format(url=GOOD[0]).replace("env:HOOK_SECRET", "hunter2"), "infraops.yaml", mistakes)
    assert document is not None
    assert validate(SettingsFile, document, mistakes) is None
    with pytest.raises(InvalidInput) as raised:
        mistakes.refuse()
    said = "\n".join(str(mistake) for mistake in raised.value.mistakes)
    assert "env:INFRAOPS_WEBHOOK_SECRET" in said
    assert "hunter2" not in said
