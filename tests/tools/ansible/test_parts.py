"""One real Ansible run for several stacks: each sees its own variables and secrets, and hears of its own hosts."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured
from infraops.processes import Children, ProcessIdentity, Watch
from infraops.tools.ansible.events import AnsibleEvent
from infraops.tools.ansible.parts import Part, fit_together, refuse_bad_part
from infraops.tools.ansible.playbook import configure
from tests.tools.ansible.test_playbook import host, write

Run = Callable[..., tuple[Configured | InfraOpsError, ...]]

ENVIRONMENT = {
    "group_vars/all/a.yml": "{v1: env-all, v2: env-all, v3: env-all, v4: env-all, v5: env-all, v6: env-all}",
    "group_vars/web.yml": "{v4: env-web, v5: env-web}",
    "host_vars/a.yml": "{v5: env-host}",
}
SEEN = """
- hosts: all
  gather_facts: false
  roles: [look]
"""


@pytest.fixture
def run(tmp_path: Path, environ: Mapping[str, str]) -> Run:
    """Run a playbook for parts as stacks have them: what is rendered for each beside a play that imports."""

    def run(playbook: str, *parts: Part, **options: Any) -> tuple[Configured | InfraOpsError, ...]:
        write(tmp_path, {"templates/playbook.yml": playbook})
        own = [Part(**{**vars(part), "play": tmp_path / part.name / "play.yml"}) for part in parts]
        for part in own:
            write(part.play.parent, {"play.yml": "- import_playbook: ../templates/playbook.yml\n"})
        return configure(own, run_directory=tmp_path / "run", environ=environ, children=Children(), **options)

    return run


def part(name: str, *hosts: Host, **more: Any) -> Part:
    return Part(name, Path("unset"), hosts, **{"variables": {}, "secrets": {}, **more})


def looking(names: Sequence[str], into: Path) -> dict[str, str]:
    """Write a role that takes down what each host sees; its defaults have none of it."""
    seen = ", ".join(f"'{name}': {name} | default('-')" for name in names)
    task = f"""
- ansible.builtin.copy:
    dest: {into}/seen-{{{{ inventory_hostname }}}}
    content: "{{{{ {{{seen}}} | to_json }}}}"
"""
    return {"templates/roles/look/tasks/main.yml": task, "templates/roles/look/defaults/main.yml": "{v0: default}"}


@pytest.mark.parametrize("shared", [False, True])
def test_the_same_variables_win_alone_and_in_a_shared_run(run: Run, tmp_path: Path, shared: bool) -> None:
    names = ["v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7"]
    write(tmp_path, looking(names, tmp_path))
    write(tmp_path / "env", ENVIRONMENT)
    rendered = {"v2": "stack-all", "v3": "stack-all", "v4": "stack-all", "v6": "stack-all"}
    write(tmp_path / "one", {"group_vars/all.json": json.dumps(rendered)})
    write(tmp_path / "two", {"group_vars/all.json": json.dumps({"v2": "two", "v7": "two"})})
    one = part("one", host("a", "web", v6="module"), variables={"v3": "run", "v4": "run", "v5": "run"})
    two = part("two", host("b", "web", "zoo"), variables={"v4": "two"})

    results = run(SEEN, *([one, two] if shared else [one]), group_vars_from=tmp_path / "env")

    assert all(isinstance(result, Configured) and result.succeeded for result in results)
    values = ["default", "env-all", "stack-all", "run", "env-web", "env-host", "module", "-"]
    assert json.loads((tmp_path / "seen-a").read_text()) == dict(zip(names, values, strict=True))
    if shared:
        values = ["default", "env-all", "two", "env-all", "env-web", "env-web", "env-all", "two"]
        assert json.loads((tmp_path / "seen-b").read_text()) == dict(zip(names, values, strict=True))


def test_a_secret_is_a_variable_of_its_own_stack_alone(run: Run, tmp_path: Path) -> None:
    names = ["token", "only_one", "only_two"]
    write(tmp_path, looking(names, tmp_path))
    # As rendered: a look-up without the number of the part, which must not find anything.
    bare = {"token": "{{ lookup('ansible.builtin.env', 'INFRAOPS_SECRET_TOKEN') }}"}
    write(tmp_path / "one", {"group_vars/all.json": json.dumps(bare)})
    events: dict[str, list[AnsibleEvent]] = {"one": [], "two": []}
    one = part("one", host("a"), secrets={"token": "s3cret-1", "only_one": "s3cret-3"}, on_event=events["one"].append)
    two = part("two", host("b"), secrets={"token": "s3cret-2", "only_two": "s3cret-4"}, on_event=events["two"].append)

    run(SEEN, one, two)

    assert json.loads((tmp_path / "seen-a").read_text()) == {
        "token": "s3cret-1",
        "only_one": "s3cret-3",
        "only_two": "-",
    }
    assert json.loads((tmp_path / "seen-b").read_text()) == {
        "token": "s3cret-2",
        "only_one": "-",
        "only_two": "s3cret-4",
    }
    assert not any("s3cret" in event.text for each in events.values() for event in each)


def test_each_stack_hears_of_its_own_hosts_and_fails_for_its_own(run: Run) -> None:
    playbook = """
- hosts: web
  gather_facts: false
  tasks:
    - name: break
      ansible.builtin.command: "{{ program }}"
"""
    events: dict[str, list[str]] = {"good": [], "bad": []}
    started: list[tuple[str, int]] = []
    ended: list[tuple[str, int]] = []

    def trial(name: str, *hosts: Host, program: str) -> Part:
        def begin(identity: ProcessIdentity) -> None:
            started.append((name, identity.pid))

        watch = Watch(begin, lambda identity, exit_code, seconds: ended.append((name, identity.pid)))
        said = events[name]
        more = {"variables": {"program": program}, "watch": watch, "on_event": lambda event: said.append(event.text)}
        return part(name, *hosts, limit=[host.name for host in hosts], **more)

    good, bad = run(
        playbook,
        trial("good", host("a", "web"), host("b", "web"), program="true"),
        trial("bad", host("c", "web"), program="false"),
    )

    assert isinstance(good, Configured) and isinstance(bad, Configured)
    assert (sorted(good.hosts), good.succeeded, good.shared_with) == (["a", "b"], True, 1)
    assert (sorted(bad.hosts), [failure.host for failure in bad.failures]) == (["c"], ["c"])
    assert {name for name, _ in started} == {"good", "bad"}
    assert len({pid for _, pid in started}) == 1
    assert sorted(started) == sorted(ended)
    assert [text for text in events["good"] if text.startswith(("a:", "b:", "c:"))] == [
        text for text in events["good"] if text.startswith(("a: break: changed", "b: break: changed"))
    ]
    assert "c: break: failed: non-zero return code" in events["bad"]
    assert not [text for text in events["bad"] if text.startswith(("a:", "b:"))]
    assert "break" in events["good"] and "break" in events["bad"]


def test_a_stack_that_no_play_names_fails_alone(run: Run) -> None:
    playbook = "- hosts: web\n  gather_facts: false\n  tasks: [{ansible.builtin.ping: }]\n"

    named, nameless = run(playbook, part("named", host("a", "web")), part("nameless", host("b", "db")))

    assert isinstance(named, Configured) and named.succeeded
    assert isinstance(nameless, InfraOpsError)
    assert str(nameless) == "configuring nameless: no play matches any of the hosts"
    assert nameless.hint == "the hosts' groups: db"


def test_a_stack_whose_play_never_began_is_not_called_configured(run: Run) -> None:
    """Where all hosts of the first play fail, Ansible ends: neither a failure of the stack behind nor its success."""
    playbook = """
- hosts: first
  gather_facts: false
  tasks: [{ansible.builtin.command: /bin/false}]
- hosts: second
  gather_facts: false
  tasks: [{ansible.builtin.ping: }]
"""
    bad, cut_off = run(playbook, part("bad", host("a", "first")), part("cut-off", host("b", "second")))

    assert isinstance(bad, Configured) and [failure.host for failure in bad.failures] == ["a"]
    assert isinstance(cut_off, Configured)
    assert cut_off.failures == () and not cut_off.succeeded


def test_what_ansible_cannot_read_is_said_of_all(run: Run) -> None:
    with pytest.raises(InfraOpsError, match=r"configuring one, two: .*couldn't resolve module/action"):
        run("- hosts: all\n  tasks:\n    - nosuchmodule: {}\n", part("one", host("a")), part("two", host("b")))


def far(name: str, address: str, *groups: str) -> Host:
    return Host(name, address, groups=groups)


@pytest.mark.parametrize(
    ("other", "fits"),
    [
        (part("other", far("b", "192.0.2.2", "web")), True),
        (part("other", host("b", "web")), True),
        (part("other", far("a", "192.0.2.2")), False),  # another host of that name
        (part("other", far("web", "192.0.2.2")), False),  # a host called like a group
        (part("other", far("b", "192.0.2.2", "a")), False),  # a group called like a host
        (part("other", far("b", "192.0.2.1")), False),  # the same way, and who knows whether with the same key
        (part("other", far("b", "192.0.2.2", "infraops_part_0")), False),  # a group of our own
    ],
)
def test_hosts_that_could_be_taken_for_one_another_are_not_in_one_run(other: Part, fits: bool) -> None:
    aboard = [part("one", far("a", "192.0.2.1", "web")), part("two", host("c"))]

    assert fit_together(aboard, other) is fits


@pytest.mark.parametrize(
    "bad",
    [
        part("bad"),
        part("bad", host("a:b")),
        part("bad", Host("a", "192.0.2.1", host_key="nonsense")),
        part("bad", host("a"), variables={"a-b": 1}),
        part("bad", host("a"), limit=["b"]),
    ],
)
def test_what_ansible_cannot_be_handed_is_refused_before_others_share_it(bad: Part) -> None:
    with pytest.raises(InfraOpsError):
        refuse_bad_part(bad)
