"""What rules make of a change: the authority table, standard changes, freezes, emergencies, and doing by hand."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from infraops.models.ledger.changes import ChangeAuthorised, EmergencyDeclared, EmergencyReviewed
from infraops.models.ledger.entries import Kind
from tests.approval.world import ENVIRONMENT, World, make_world, merge_approved, pushed, reviewed, signed

TABLE = """\
    authorities:
      - {name: owner, demand: {any: [owner, environment]}}
      - {name: creation, when: counts.create > 0, demand: {all: [environment, security]}}
"""


def with_rules(rules: str) -> str:
    return ENVIRONMENT.replace("  approval: {expires: 7d}\n", rules)


def test_every_row_that_holds_has_to_be_satisfied(tmp_path: Path) -> None:
    world = make_world(tmp_path, environment=with_rules(f"  approval:\n    expires: 7d\n{TABLE}"))
    signers = (world.checkout("forge") / "allowed_signers").read_text()
    world.write("forge", "allowed_signers", f"{signers}eve@example.org {world.public('eve')}\n")
    world.commit("forge", "Eve may sign", push="main")
    world.check_out("ann", "main")
    pushed(world)
    file = reviewed(world)
    signed(world, file)
    world.squash("change")
    told = world.apply()
    assert told.code == 5
    assert "creation: one of security" in told.err
    assert "owner" not in told.err.partition("hint")[0].replace("'s owner", "")

    world.check_out("eve", "main")
    assert world.infraops("eve", "approve", str(file), "--yes").code == 0
    world.commit("eve", "Approve", push="main")
    told = world.apply()
    assert told.code == 0, told.err
    payloads = [entry.payload for entry in world.entries(Kind.CHANGE_AUTHORISED)]
    assert all(isinstance(each, ChangeAuthorised) and len(each.approvers) == 2 for each in payloads)


def test_an_approval_for_one_account_counts_in_no_other(tmp_path: Path) -> None:
    account = 'providers: {aws: {region: eu-central-1, allowed_account_ids: ["111111111111"]}}\n'
    world = make_world(tmp_path, environment=ENVIRONMENT + account)
    world.check_out("ann", "main")
    pushed(world)
    signed(world, reviewed(world))
    world.squash("change")
    world.check_out("forge", "main")
    world.edit("forge", "inventories/local/environment.yaml", "111111111111", "222222222222")
    world.commit("forge", "Another account", push="main")
    told = world.apply()
    assert told.code == 5, told.err
    words = " ".join(told.err.split())
    assert "it was given for local on local in account 111111111111, state in local" in words
    assert "this is local on local in account 222222222222, state in local" in words


def test_an_account_that_nothing_names_is_told_to_the_reviewer(tmp_path: Path) -> None:
    providers = "providers: {aws: {region: eu-central-1}, aws.other: {allowed_account_ids: ['111111111111']}}\n"
    standard = with_rules("  approval: {expires: 7d}\n  standard: {clean_runs: 0, max_cost_delta: 0}\n")
    world = make_world(tmp_path, environment=standard + providers)
    world.check_out("ci", "main")
    review = world.infraops("ci", "review", "-e", "local", "--quiet")
    assert "account-bound" in review.out and "nothing binds aws" in review.out
    assert "normal change: " in review.out and "policy: account-bound is broken" in review.out
    world.edit(
        "forge", "inventories/local/environment.yaml", "aws: {region", "aws: {allowed_account_ids: ['1'], region"
    )
    world.commit("forge", "Name the account", push="main")
    world.check_out("ci", "main")
    assert "account-bound" not in world.infraops("ci", "review", "-e", "local", "--quiet").out


def test_a_standard_change_needs_nobody_once_its_template_has_earned_that(tmp_path: Path) -> None:
    rules = "  approval: {expires: 7d}\n  standard: {clean_runs: 1, max_cost_delta: 0}\n"
    world = make_world(tmp_path, environment=with_rules(rules))
    merge_approved(world)
    assert world.apply().code == 0
    world.check_out("ann", "main")
    world.edit("ann", "blueprints/first.yaml", "value: two", "value: three")
    world.commit("ann", "Say three", push="three")
    world.squash("three")
    told = world.apply()
    assert told.code == 0, told.err
    last = [entry.payload for entry in world.entries(Kind.CHANGE_AUTHORISED)][-1]
    assert isinstance(last, ChangeAuthorised)
    assert (last.change_class, last.approvals) == ("standard", ())
    assert last.rule.startswith("change.standard of local: trial@1.0")
    assert world.infraops("ci", "ledger", "verify").code == 0


def test_in_a_freeze_only_an_emergency_goes_on(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    begun, ends = (f"{now + timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (-1, 1))
    rules = f"  approval: {{expires: 7d}}\n  freezes: [{{from: {begun}, until: {ends}, reason: end of year}}]\n"
    world = make_world(tmp_path, environment=with_rules(rules))
    merge_approved(world)
    told = world.apply()
    assert told.code == 4
    assert "local/first: frozen: end of year (until " in told.err
    shown = world.infraops("ci", "review", "-e", "local", "--quiet").out
    assert "\nFrozen: end of year (until " in shown
    assert "Nothing but an emergency is carried out before." in shown
    told = world.apply("--emergency", "INC-7")
    assert told.code == 0, told.err

    declared = [entry.payload for entry in world.entries(Kind.EMERGENCY_DECLARED)]
    assert [each.incident for each in declared if isinstance(each, EmergencyDeclared)] == ["INC-7"]
    told = world.infraops("ci", "status", "-e", "local")
    assert "emergency INC-7: run " in told.out
    assert "waits for its review" in told.out
    run = world.entries(Kind.EMERGENCY_DECLARED)[0].run
    key = str(world.key("ann"))
    told = world.infraops("ci", "approve", "--after", run, "--yes", "--key", key)
    assert told.code == 5  # she wrote it
    told = world.infraops("ci", "approve", "--after", run, "--yes", "--key", str(world.key("bob")))
    assert told.code == 0, told.err
    assert "\nwritten by ann@example.org\n" in told.out  # no commit was reviewed
    assert "Reviewed by bob@example.org: the run of the emergency waits no longer." in told.out
    assert "good until" not in told.out
    reviews = [entry.payload for entry in world.entries(Kind.EMERGENCY_REVIEWED)]
    assert [each.principal for each in reviews if isinstance(each, EmergencyReviewed)] == ["bob@example.org"]
    assert "emergency" not in world.infraops("ci", "status", "-e", "local").out
    told = world.infraops("ci", "approve", "--after", run, "--yes", "--key", str(world.key("bob")))
    assert (told.code, "none that waits for its review" in told.err) == (64, True)


def test_an_emergency_needs_one_approval_all_the_same(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    pushed(world)
    world.squash("change")
    told = world.apply("--emergency", "INC-8")
    assert told.code == 5
    assert "no approval covers it" in told.err
    assert world.entries(Kind.EMERGENCY_DECLARED) == []


def test_nothing_is_changed_by_hand_but_in_an_emergency(world: World) -> None:
    assert world.apply().code == 0
    told = world.infraops("ci", "exec", "-e", "local", "first", "--", "terraform", "state", "list")
    assert told.code == 0, told.err
    words = ("exec", "-e", "local", "first")
    command = ("--", "terraform", "state", "rm", "module.service.terraform_data.value")
    told = world.infraops("ci", *words, *command)
    assert told.code == 5
    assert "nobody can foresee what a command does" in told.err
    told = world.infraops("ci", *words, "--emergency", "INC-9", *command)
    assert told.code == 0, told.err
    assert "emergency INC-9" in world.infraops("ci", "status", "-e", "local").out


def test_the_end_of_a_stack_needs_approval_too(world: World) -> None:
    assert world.apply().code == 0
    world.check_out("ci", "main")
    told = world.infraops("ci", "destroy", "-e", "local", "--yes", "--quiet")
    assert told.code == 5
    file = world.top / "end.json"
    told = world.infraops(
        "ci", "review", "-e", "local", "--destroy", "--author", "forge:ann", "--quiet", "--change", str(file)
    )
    assert told.code == 0, told.out
    told = world.infraops("ci", "approve", str(file), "--yes", "--to", "ledger", "--key", str(world.key("bob")))
    assert told.code == 0, told.err
    told = world.infraops("ci", "destroy", "-e", "local", "--yes", "--quiet")
    assert told.code == 0, told.err


def test_an_emergency_where_nothing_needs_approval_is_a_mistake(tmp_path: Path) -> None:
    world = make_world(tmp_path, environment=with_rules("  max_destroy: 5\n"))
    told = world.apply("--emergency", "INC-1")
    assert told.code == 64
    assert "changes of local need no approvals" in told.err
