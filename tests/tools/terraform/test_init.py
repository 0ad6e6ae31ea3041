"""Providers: where they come from, how their versions stay agreed, and the user's own configuration beside ours."""

import shutil
import threading
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.models.plans.plan import Action
from infraops.models.stacks.stack import Stack
from infraops.tools.terraform.driver import Initialised
from infraops.tools.terraform.messages.events import LogLine, TerraformEvent
from tests.render.stacks import make_stack, make_template
from tests.tools.terraform.bench import Bench
from tests.tools.terraform.trial_provider import write_mirror

pytest.importorskip("tf", reason="the package for providers is not installed")


def module(version: str = ">= 1.0.0") -> str:
    return (
        "terraform {\n  required_providers {\n    trial = {\n"
        f'      source  = "infraops.local/infraops/trial"\n      version = "{version}"\n'
        "    }\n  }\n}\n"
        'variable "path" {}\nvariable "content" {}\n'
        'resource "trial_file" "file" {\n  path    = var.path\n  content = var.content\n}\n'
        'output "echo" {\n  value = trial_file.file.echo\n}\n'
    )


def filed(bench: Bench, content: str = "one", *, blueprint: str = "app", version: str = ">= 1.0.0") -> Stack:
    parameters = {"path": {"type": "string"}, "content": {"type": "string"}}
    template = make_template(bench.root, module(version), parameters=parameters, outputs={"echo": {}})
    path = str(bench.root / f"{blueprint}.txt")
    return make_stack(bench.root, template, blueprint=blueprint, path=path, content=content)


def lock_of(bench: Bench, blueprint: str = "app") -> Path:
    return bench.root / "inventories" / "lab" / "locks" / f"{blueprint}.terraform.lock.hcl"


def test_a_provider_of_ours_makes_changes_and_sees_drift(bench: Bench) -> None:
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    terraform, plan = bench.prepare(filed(bench), mirror=mirror), bench.plan_file()
    first = terraform.init()
    assert (first.ran, first.lock_changed) == (True, lock_of(bench))
    assert 'provider "infraops.local/infraops/trial"' in lock_of(bench).read_text()
    assert terraform.init() == Initialised(ran=False)
    terraform.plan(plan)
    assert terraform.apply(plan).outputs.values == {"echo": "one"}

    terraform = bench.prepare(filed(bench, "two"), mirror=mirror)
    terraform.plan(plan)
    (change,) = terraform.show(plan).changes
    assert change.action is Action.UPDATE
    assert ("content", "one", "two") in [(a.path, a.before, a.after) for a in change.attributes]
    terraform.apply(plan)

    (bench.root / "app.txt").write_text("by hand")
    terraform.plan(plan)
    shown = terraform.show(plan)
    assert [(change.address, change.action) for change in shown.drift] == [
        ("module.service.trial_file.file", Action.UPDATE)
    ]
    (bench.root / "app.txt").unlink()
    terraform.plan(plan)
    shown = terraform.show(plan)
    assert [change.action for change in shown.drift] == [Action.DELETE]
    assert [change.action for change in shown.changes] == [Action.CREATE]


def test_the_committed_lock_file_decides(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    assert bench.prepare(filed(bench), mirror=mirror).init().lock_changed
    agreed = lock_of(bench).read_text()
    write_mirror(mirror, "1.1.0")
    shutil.rmtree(bench.workspace.scratch)
    again = bench.prepare(filed(bench), mirror=mirror)
    done = again.init()
    assert (done.ran, done.lock_changed) == (True, None)
    assert lock_of(bench).read_text() == agreed
    # A colleague's newer lock file arrives by git.
    lock_of(bench).unlink()
    again = bench.prepare(filed(bench), mirror=mirror)
    assert again.init().lock_changed
    assert '"1.1.0"' in lock_of(bench).read_text()


def test_a_provider_whose_bytes_differ_from_the_locked_ones_is_refused(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    bench.prepare(filed(bench), mirror=mirror).init()
    write_mirror(mirror, "1.0.0", remark="something else")
    shutil.rmtree(bench.workspace.scratch)
    shutil.rmtree(bench.workspace.cache / "terraform-plugins", ignore_errors=True)
    with pytest.raises(InfraOpsError, match="checksums"):
        bench.prepare(filed(bench), mirror=mirror).init()


def test_a_new_stack_takes_the_versions_its_environment_agreed_on(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    bench.prepare(filed(bench), mirror=mirror).init()
    write_mirror(mirror, "1.1.0")
    assert bench.prepare(filed(bench, blueprint="other"), mirror=mirror).init().lock_changed
    assert lock_of(bench, "other").read_text() == lock_of(bench).read_text()
    # Where they do not suit, Terraform chooses, and the log says so.
    said: list[TerraformEvent] = []
    newer = bench.prepare(filed(bench, blueprint="newer", version=">= 1.1.0"), mirror=mirror, on_event=said.append)
    assert newer.init().lock_changed
    assert '"1.1.0"' in lock_of(bench, "newer").read_text()
    assert any(isinstance(event, LogLine) and "without them" in event.text for event in said)


def test_providers_of_other_stacks_do_not_enter_a_lock_file(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    bench.prepare(filed(bench), mirror=mirror).init()
    plain = make_stack(bench.root, make_template(bench.root, ""), blueprint="plain")
    terraform = bench.prepare(plain, mirror=mirror)
    assert terraform.init().lock_changed is None
    assert not lock_of(bench, "plain").exists()


def test_a_cleared_provider_cache_is_filled_again(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    bench.prepare(filed(bench), mirror=mirror).init()  # makes the lock file, past the cache
    shutil.rmtree(bench.workspace.scratch)
    terraform = bench.prepare(filed(bench), mirror=mirror)
    terraform.init()
    shutil.rmtree(bench.workspace.cache)
    assert terraform.init().ran
    terraform.plan(bench.plan_file())


def test_many_stacks_may_be_initialised_at_once(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    stacks = [bench.prepare(filed(bench, blueprint=f"app{number}"), mirror=mirror) for number in range(4)]
    problems: list[BaseException] = []

    def work(number: int) -> None:
        try:
            stacks[number].init()
            stacks[number].plan(bench.plan_file(str(number)))
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(stacks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems


USERS = """\
# A comment with { braces and "quotes
plugin_cache_dir   = "$HOME/.terraform.d/plugin-cache" // another
disable_checkpoint = true
credentials "app.example-host.test" {
  token = "the-users-token"
}
/* provider_installation { } */
provider_installation {
  filesystem_mirror {
    path    = "%s"
    include = ["example.test/*/*"]
  }
  network_mirror { url = "https://mirror.example.test/providers/" }
  direct {
    exclude = ["example.test/*/*"]
  }
}
"""


@pytest.mark.parametrize("config", ["", "disable_checkpoint = true\n", USERS], ids=["none", "without", "with"])
def test_the_users_configuration_goes_on_working(bench: Bench, config: str) -> None:
    own = write_mirror(bench.root.parent / "own", "9.9.9") if "%s" in config else None
    if config:
        Path(bench.environ["HOME"], ".terraformrc").write_text(config.replace("%s", str(own)))
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    terraform = bench.prepare(filed(bench), mirror=mirror)
    terraform.init()
    # The user's mirror is not asked for our providers, though it claims to have a newer one.
    assert '"1.0.0"' in lock_of(bench).read_text()
    (merged,) = bench.workspace.scratch.glob("terraform-*.tfrc")
    assert merged.stat().st_mode & 0o777 == 0o600
    if own is not None:
        text = merged.read_text()
        assert "the-users-token" not in text
        assert "https://mirror.example.test/providers/" in text
        assert str(own) in text
        assert text.count("infraops.local/*/*") == 4


def test_a_mirror_that_terraform_looks_into_by_itself_still_serves(embedded_bench: Bench) -> None:
    bench = embedded_bench
    Path(bench.environ["HOME"], ".terraform.d").mkdir()
    implied = Path(bench.environ["HOME"], ".terraform.d", "plugins")
    source = write_mirror(bench.root.parent / "other", "2.0.0") / "infraops.local"
    shutil.copytree(source, implied / "example.test")
    text = module().replace("infraops.local", "example.test")
    parameters = {"path": {"type": "string"}, "content": {"type": "string"}}
    stack = make_stack(bench.root, make_template(bench.root, text, parameters=parameters), path="x", content="y")
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    bench.prepare(stack, mirror=mirror).init()
    assert 'provider "example.test/infraops/trial"' in lock_of(bench).read_text()


@pytest.mark.parametrize("config", ['{"disable_checkpoint": true}', "provider_installation {", 'credentials "x" }'])
def test_a_configuration_that_cannot_be_merged_is_named(embedded_bench: Bench, config: str) -> None:
    bench = embedded_bench
    file = Path(bench.environ["HOME"], ".terraformrc")
    file.write_text(config)
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    with pytest.raises(InfraOpsError, match=f"reading the Terraform CLI configuration {file}"):
        bench.prepare(filed(bench), mirror=mirror)
    # Stacks that do not need our providers have nothing to do with it.
    bench.prepare(filed(bench))


def test_a_provider_that_nobody_has_is_explained(embedded_bench: Bench) -> None:
    mirror = write_mirror(embedded_bench.root.parent / "mirror", "1.0.0")
    terraform = embedded_bench.prepare(filed(embedded_bench, version="> 7"), mirror=mirror)
    with pytest.raises(InfraOpsError, match="no available releases match") as caught:
        terraform.init()
    assert "could not be fetched" in caught.value.hint


def test_locked_takes_what_the_lock_file_pins_and_nothing_else(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    assert bench.prepare(filed(bench), mirror=mirror).init().lock_changed
    agreed = lock_of(bench).read_text()
    shutil.rmtree(bench.workspace.scratch)
    assert bench.prepare(filed(bench), mirror=mirror, locked=True).init().lock_changed is None

    for pinned in (agreed.replace("h1:", "h1:A"), agreed.replace("infraops/trial", "infraops/other")):
        lock_of(bench).write_text(pinned)
        shutil.rmtree(bench.workspace.scratch)
        with pytest.raises(InfraOpsError):
            bench.prepare(filed(bench), mirror=mirror, locked=True).init()
        assert lock_of(bench).read_text() == pinned


def test_locked_takes_other_stacks_versions_and_does_without_a_lock_file_of_its_own(embedded_bench: Bench) -> None:
    bench = embedded_bench
    mirror = write_mirror(bench.root.parent / "mirror", "1.0.0")
    bench.prepare(filed(bench), mirror=mirror).init()
    assert bench.prepare(filed(bench, blueprint="new"), mirror=mirror, locked=True).init().ran
    assert not lock_of(bench, "new").exists()
