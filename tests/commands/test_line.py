"""The line over several stacks, with real Terraform: values that flow, plans that wait, failures that stay local."""

from pathlib import Path
from threading import Event

import pytest

from infraops.commands.apply import apply
from infraops.commands.destroy import destroy
from infraops.commands.plan import plan
from infraops.commands.runs.line import exit_code_of
from infraops.commands.selection.stacks import Selection
from infraops.errors import Denied, NotApproved
from infraops.models.runs.run import Outcome, RunResult
from infraops.stations.bench.job import Question
from infraops.views.console import open_streams
from infraops.views.progress import progress_view
from infraops.views.questions import asker
from tests.commands.estate import ENVIRONMENT, blueprint, make_estate, surroundings

ALL = Selection(environment="local")
CHAIN = {
    "first": blueprint("first", parameters="{value: one}"),
    "second": blueprint("second", inputs="{follows: first.id}"),
}


def outcomes(result: RunResult) -> dict[str, Outcome]:
    return {stack.stack: stack.outcome for stack in result.stacks}


def test_a_stack_that_waits_for_values_is_planned_with_stand_ins_and_says_so(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", CHAIN)
    first, second = plan(ALL, surroundings(root, tmp_path)).stacks
    assert first.plan is not None and not first.plan.deferred
    assert second.plan is not None and second.plan.stand_ins == ("follows",)
    assert not list(root.glob(".infraops/runs/*/*.tfplan")), "a plan file outlived its run"


def test_apply_plans_a_deferred_stack_again_with_the_real_value(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", CHAIN)
    questions: list[Question] = []

    def ask(question: Question) -> bool:
        questions.append(question)
        return True

    first, second = apply(ALL, surroundings(root, tmp_path, ask=ask)).stacks
    assert [first.outcome, second.outcome] == [Outcome.DONE, Outcome.DONE]
    assert len(questions) == 1, "nothing is destroyed, so nobody is asked twice"
    assert second.plan is not None and not second.plan.deferred
    assert first.outputs is not None
    real = first.outputs.values["id"]
    assert real in (root / ".infraops/stacks/local/second/inputs.auto.tfvars.json").read_text()
    again = apply(ALL, surroundings(root, tmp_path))
    assert again.outcome is Outcome.UNCHANGED


def test_a_real_plan_that_replaces_asks_beyond_yes(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", CHAIN)
    apply(ALL, surroundings(root, tmp_path))
    (root / ".infraops/stacks/local/first/main.tf").unlink()
    selection = Selection(environment="local")
    questions: list[Question] = []

    def ask(question: Question) -> bool:
        questions.append(question)
        return not question.beyond_yes

    resource = "module.service.terraform_data.value"
    result = apply(selection, surroundings(root, tmp_path, ask=ask), replace=(resource,))
    assert [question.beyond_yes for question in questions] == [False, True]
    assert outcomes(result) == {"local/first": Outcome.DONE, "local/second": Outcome.NOT_APPROVED}
    assert result.stacks[1].failure is not None and result.stacks[1].failure.exit_code == 5


def test_one_failure_blocks_its_dependents_and_nothing_else(tmp_path: Path) -> None:
    broken = blueprint("broken", parameters="{broken: true}")
    needing = blueprint("needing", inputs="{follows: broken.id}")
    root = make_estate(tmp_path / "repo", {"broken": broken, "needing": needing, "lone": blueprint("lone")})
    result = apply(ALL, surroundings(root, tmp_path))
    assert outcomes(result) == {
        "local/broken": Outcome.FAILED,
        "local/lone": Outcome.DONE,
        "local/needing": Outcome.BLOCKED,
    }
    (failed,) = [stack.failure for stack in result.stacks if stack.failure is not None]
    assert "broken on purpose" in failed.problem
    assert result.outcome is Outcome.FAILED


def test_destroy_goes_the_other_way_round(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", CHAIN)
    apply(ALL, surroundings(root, tmp_path))
    result = destroy(ALL, surroundings(root, tmp_path))
    begun = {
        stack.stack: next(record.begun for record in stack.stations if record.station == "provision")
        for stack in result.stacks
    }
    assert begun["local/second"] < begun["local/first"]
    assert all(stack.plan is not None and stack.plan.counts.delete == 1 for stack in result.stacks)


def test_no_answer_means_that_nothing_happens(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", CHAIN)
    with pytest.raises(NotApproved):
        apply(ALL, surroundings(root, tmp_path, ask=lambda _: False))
    assert plan(ALL, surroundings(root, tmp_path)).counts.create == 2


def test_an_environment_limits_what_one_run_may_destroy(tmp_path: Path) -> None:
    careful = ENVIRONMENT + "change: {max_destroy: 1}\n"
    root = make_estate(tmp_path / "repo", CHAIN, environment=careful)
    apply(ALL, surroundings(root, tmp_path))
    with pytest.raises(Denied, match="2 resources; local allows 1"):
        destroy(ALL, surroundings(root, tmp_path))


def test_a_plan_says_before_anybody_approves_it_that_the_limit_forbids_it(tmp_path: Path) -> None:
    careful = ENVIRONMENT + "change: {max_destroy: 1}\n"
    root = make_estate(tmp_path / "repo", CHAIN, environment=careful)
    apply(ALL, surroundings(root, tmp_path))
    planned = plan(ALL, surroundings(root, tmp_path), destroy=True)
    assert planned.failure is not None
    assert planned.failure.problem == "it would destroy or replace 2 resources; local allows 1 a run"
    assert (planned.outcome, exit_code_of(planned)) == (Outcome.FAILED, 4)
    one = plan(Selection(environment="local", names=("second",)), surroundings(root, tmp_path), destroy=True)
    assert (one.failure, exit_code_of(one)) == (None, 0)


def test_a_stack_outside_the_run_lends_its_real_outputs(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", CHAIN)
    alone = Selection(environment="local", names=("second",))
    result = apply(alone, surroundings(root, tmp_path))
    failure = result.stacks[0].failure
    assert failure is not None and "local/first has no output id yet" in failure.problem
    apply(Selection(environment="local", names=("first",)), surroundings(root, tmp_path))
    assert apply(alone, surroundings(root, tmp_path)).outcome is Outcome.DONE


def test_yes_does_not_type_the_environments_name(tmp_path: Path) -> None:
    careful = ENVIRONMENT + "change: {confirm_name: true}\n"
    root = make_estate(tmp_path / "repo", CHAIN, environment=careful)
    streams = open_streams(quiet=True)
    with pytest.raises(NotApproved, match="name is typed"):
        apply(ALL, surroundings(root, tmp_path, ask=asker(streams, progress_view(streams), Event(), yes=True)))


def test_what_the_system_refuses_a_station_is_no_bug(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"first": blueprint("first")})
    (root / ".infraops").mkdir()
    (root / ".infraops/stacks").write_text("a file where a directory should be")
    (stack,) = apply(ALL, surroundings(root, tmp_path)).stacks
    assert stack.failure is not None
    assert stack.failure.exit_code == 1
    assert ".infraops/stacks" in stack.failure.doing


def test_a_plan_file_that_somebody_alters_after_it_was_read_is_never_applied(tmp_path: Path) -> None:
    root = make_estate(tmp_path / "repo", {"lone": blueprint("lone")})

    def alter(question: Question) -> bool:
        for job in question.jobs:
            assert job.plan_file is not None
            job.plan_file.write_bytes(job.plan_file.read_bytes() + b"\0")  # the archive is as good as before
        return True

    result = apply(ALL, surroundings(root, tmp_path, ask=alter))
    assert exit_code_of(result) == 6
    failure = result.stacks[0].failure
    assert failure is not None and "somebody altered it" in failure.problem
    assert not list((tmp_path / ".local/state").rglob("*.tfstate"))
