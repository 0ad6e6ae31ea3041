"""State in PostgreSQL, through real Terraform: stacks kept apart, locked, and not lost with the server."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infraops.errors import Exit, InfraOpsError, Locked
from infraops.models.stacks.stack import Stack
from infraops.processes import ProcessIdentity, Watch, Workers
from infraops.tools.terraform import driver
from infraops.tools.terraform.driver import Terraform
from infraops.tools.terraform.messages.events import LogLine, TerraformEvent
from infraops.tools.terraform.state.backend import backend_settings
from infraops.tools.terraform.state.pg_backend import lost_a_race
from tests.postgres import PASSWORD, Server
from tests.render.stacks import make_stack, make_template
from tests.tools.terraform.bench import Bench

MODULE = """\
variable "stack" {
  type = string
}
variable "size" {
  type = string
}
variable "command" {
  type    = string
  default = "true"
}
resource "terraform_data" "machine" {
  input            = var.size
  triggers_replace = var.size
  provisioner "local-exec" {
    command = var.command
  }
}
output "size" {
  value = terraform_data.machine.output
}
"""
PARAMETERS = {"size": {"type": "string"}, "command": {"type": "string", "default": "true"}}
Make = Callable[..., Terraform]


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """A database for states, in which jo may make schemas."""
    with postgres.database("state") as name:
        postgres.execute(f"ALTER DATABASE {name} OWNER TO jo")
        yield name


@pytest.fixture
def trial(bench: Bench, postgres: Server, database: str) -> Bench:
    """A workplace whose operator has the password in PGPASSWORD, and nowhere else."""
    return replace(bench, environ={**bench.environ, "PGPASSWORD": PASSWORD, "PGSSLMODE": "disable"})


@pytest.fixture
def embedded_trial(embedded_bench: Bench, postgres: Server, database: str) -> Bench:
    return replace(embedded_bench, environ={**embedded_bench.environ, "PGPASSWORD": PASSWORD, "PGSSLMODE": "disable"})


def machine(bench: Bench, postgres: Server, blueprint: str = "app", size: str = "small", **more: Any) -> Stack:
    template = make_template(bench.root, MODULE, parameters=PARAMETERS, outputs={"size": {}})
    state = {"backend": "pg", "config": {"conn_str": postgres.tcp_url("state")}}
    return make_stack(bench.root, template, blueprint=blueprint, environment={"state": state}, size=size, **more)


def all_hung_up(postgres: Server) -> bool:
    """Whether nobody keeps a connection; the server takes a moment to see it."""
    deadline = time.monotonic() + 60
    while postgres.execute("SELECT 1 FROM pg_stat_activity WHERE datname = 'state'"):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def states(postgres: Server) -> set[object]:
    found = postgres.execute("SELECT schemaname FROM pg_tables WHERE tablename = 'states'", database="state")
    return {schema for (schema,) in found}


def applied(terraform: Terraform, plan: Path) -> Terraform:
    terraform.init()
    terraform.plan(plan)
    terraform.apply(plan)
    return terraform


def test_two_stacks_are_made_changed_and_destroyed_beside_each_other(trial: Bench, postgres: Server) -> None:
    app, web = (trial.prepare(machine(trial, postgres, name)) for name in ("app", "web"))
    plan = trial.plan_file()
    assert app.init().ran
    assert app.outputs().values == {}
    assert app.plan(plan).changes
    assert app.apply(plan).outputs.values == {"size": "small"}
    applied(web, plan)
    assert states(postgres) == {"lab/app", "lab/web"}

    assert not app.plan(plan).changes
    larger = trial.prepare(machine(trial, postgres, size="large"))
    assert larger.plan(plan).changes
    assert larger.apply(plan).outputs.values == {"size": "large"}
    assert web.outputs().values == {"size": "small"}

    web.plan(plan, destroy=True)
    assert web.apply(plan).destroyed == 1
    assert web.outputs().values == {}
    assert app.outputs().values == {"size": "large"}
    assert all_hung_up(postgres)
    plan.unlink()
    holders = [path for path in trial.root.parent.rglob("*") if path.is_file() and PASSWORD in path.read_text("latin1")]
    assert holders == []


def at_once(*works: Callable[[], object]) -> None:
    problems: list[BaseException] = []

    def carry_out(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=carry_out, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_stacks_that_are_new_are_made_side_by_side(embedded_trial: Bench, postgres: Server) -> None:
    """Each of them makes what they share in a database that has nothing yet, and takes the lock on new states."""
    trial = embedded_trial
    with closing(Workers()) as workers:
        stacks = [trial.prepare(machine(trial, postgres, f"app{number}"), workers=workers) for number in range(5)]
        at_once(*(lambda each=each: applied(each, trial.plan_file(each.site.stack[4:])) for each in stacks))
        assert states(postgres) == {f"lab/app{number}" for number in range(5)}
        assert all_hung_up(postgres)


def test_both_ways_to_lose_a_race_are_known(postgres: Server) -> None:
    """It is met at the index where the other is not done yet, and by the name where it is done since one looked."""
    with postgres.database("race") as name, psycopg.connect(postgres.url(name), autocommit=True) as here:
        here.execute("CREATE SCHEMA mine")
        here.execute("CREATE SEQUENCE mine.global_states_id_seq")
        for made in ("SEQUENCE mine.global_states_id_seq", "SCHEMA mine"):
            with pytest.raises(psycopg.Error) as refused:
                here.execute(f"CREATE {made}".encode())
            assert lost_a_race(InfraOpsError("initialising", f"Error: pq: {refused.value.diag.message_primary}"))
    assert lost_a_race(
        InfraOpsError("initialising", 'pq: duplicate key value violates unique constraint "pg_class_relname_nsp_index"')
    )
    assert not lost_a_race(InfraOpsError("initialising", 'pq: permission denied for schema "mine"'))


@pytest.fixture
def at_work(embedded_trial: Bench, postgres: Server, tmp_path: Path) -> Iterator[tuple[Terraform, ProcessIdentity]]:
    """A stack in the middle of its first apply, which goes on until the test removes `waiting`."""
    trial, started = embedded_trial, list[ProcessIdentity]()
    waiting = tmp_path / "waiting"
    command = f"touch {waiting}; while test -e {waiting}; do sleep 0.05; done"
    terraform = trial.prepare(machine(trial, postgres, command=command), watch=Watch(started.append))
    terraform.init()
    terraform.plan(trial.plan_file("slow"))
    ended: list[BaseException] = []

    def apply() -> None:
        try:
            terraform.apply(trial.plan_file("slow"))
        except InfraOpsError as error:
            ended.append(error)

    thread = threading.Thread(target=apply)
    thread.start()
    deadline = time.monotonic() + 120
    while not waiting.exists():
        assert time.monotonic() < deadline and not ended, ended
        time.sleep(0.05)
    yield terraform, started[-1]
    waiting.unlink(missing_ok=True)
    thread.join()


def test_the_first_apply_of_a_stack_does_not_hold_up_others(
    at_work: tuple[Terraform, ProcessIdentity], embedded_trial: Bench, postgres: Server
) -> None:
    applied(embedded_trial.prepare(machine(embedded_trial, postgres, "other")), embedded_trial.plan_file("other"))


def test_a_stack_at_work_is_locked(
    at_work: tuple[Terraform, ProcessIdentity],
    embedded_trial: Bench,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(driver, "LOCK_TIMEOUT", "0s")
    another = embedded_trial.prepare(machine(embedded_trial, postgres))
    with pytest.raises(Locked, match="the state is locked by another run") as caught:
        another.plan(embedded_trial.plan_file("another"))
    assert caught.value.exit_code is Exit.LOCKED
    assert "PostgreSQL" in caught.value.hint


def test_a_killed_terraform_leaves_no_lock(
    at_work: tuple[Terraform, ProcessIdentity], embedded_trial: Bench, postgres: Server
) -> None:
    _, child = at_work
    os.killpg(child.pid, signal.SIGKILL)
    another = embedded_trial.prepare(machine(embedded_trial, postgres))
    assert another.plan(embedded_trial.plan_file("another")).changes


def test_what_was_made_while_the_server_was_away_is_not_made_twice(
    at_work: tuple[Terraform, ProcessIdentity], embedded_trial: Bench, postgres: Server, tmp_path: Path
) -> None:
    terraform, _ = at_work
    postgres.stop()
    try:
        (tmp_path / "waiting").unlink()
        deadline = time.monotonic() + 120
        while not terraform.site.rescued.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        postgres.start()
    assert terraform.site.rescued.stat().st_mode & 0o777 == 0o600
    said: list[TerraformEvent] = []
    again = embedded_trial.prepare(machine(embedded_trial, postgres), on_event=said.append)
    again.init()
    plan = embedded_trial.plan_file("again")
    assert again.outputs().values == {}
    assert not again.plan(plan).changes
    assert any(isinstance(event, LogLine) and "saved the state" in event.text for event in said)
    assert again.outputs().values == {"size": "small"}
    assert not terraform.site.rescued.exists()


def test_a_kept_state_that_came_too_late_stops_the_stack(embedded_trial: Bench, postgres: Server) -> None:
    terraform, plan = embedded_trial.prepare(machine(embedded_trial, postgres)), embedded_trial.plan_file()
    applied(terraform, plan)
    errored = terraform.site.directory / "errored.tfstate"
    errored.write_text(
        '{"version":4,"terraform_version":"1.0.0","serial":9,"lineage":"other","outputs":{},"resources":[]}'
    )
    again = embedded_trial.prepare(machine(embedded_trial, postgres))  # rendering leaves it where it is
    for _ in range(2):
        with pytest.raises(
            InfraOpsError, match="saving the state of lab/app that its last apply could not save"
        ) as caught:
            again.plan(plan)
        assert str(terraform.site.rescued) in caught.value.hint
    assert again.outputs().values == {"size": "small"}


def test_a_missing_password_is_said_in_the_servers_words(embedded_trial: Bench, postgres: Server) -> None:
    bare = {name: value for name, value in embedded_trial.environ.items() if name != "PGPASSWORD"}
    bench = replace(embedded_trial, environ=bare)
    with pytest.raises(InfraOpsError, match="password authentication failed"):
        bench.prepare(machine(bench, postgres)).init()


def settings_of(bench: Bench, environment: str, blueprint: str, config: Mapping[str, Any], backend: str) -> Any:
    template = make_template(bench.root, "")
    described = {"name": environment, "state": {"backend": backend, "config": config}}
    return backend_settings(
        make_stack(bench.root, template, blueprint=blueprint, environment=described), bench.workspace
    )


NAME = st.from_regex(r"[ab](-?[ab1]){0,3}", fullmatch=True)  # few, so that they come close to each other


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(st.lists(st.tuples(NAME, NAME), min_size=2, max_size=2, unique=True))
@pytest.mark.parametrize("backend", ["pg", "kubernetes", "s3", "gcs", "consul"])
def test_no_two_stacks_have_one_state(embedded_bench: Bench, backend: str, pair: list[tuple[str, str]]) -> None:
    first, second = (settings_of(embedded_bench, *names, {}, backend) for names in pair)
    assert first != second


@pytest.mark.parametrize(
    "conn_str",
    [
        "postgres://jo:hunter2@db/state",
        "postgresql://:hunter2@db/state",
        "postgres://jo@db/state?password=hunter2",
        "host=db user=jo password = hunter2",
    ],
)
def test_a_password_in_the_file_is_refused_and_not_repeated(embedded_bench: Bench, conn_str: str) -> None:
    with pytest.raises(InfraOpsError, match="conn_str holds a password") as caught:
        settings_of(embedded_bench, "lab", "app", {"conn_str": conn_str}, "pg")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    assert "PGPASSWORD" in caught.value.hint


def test_names_that_postgresql_would_cut_off_are_refused(embedded_bench: Bench) -> None:
    long = "a" * 40
    with pytest.raises(InfraOpsError, match="longer name than the 63 bytes"):
        settings_of(embedded_bench, long, long, {}, "pg")
    assert settings_of(embedded_bench, long, long, {"schema_name": "{blueprint}"}, "pg") == {"schema_name": long}
