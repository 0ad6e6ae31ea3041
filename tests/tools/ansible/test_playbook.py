"""Real ansible-playbook runs on hosts whose connection is local."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from infraops import processes
from infraops.errors import InfraOpsError, Interrupted
from infraops.models.plans.contract import Host
from infraops.models.runs.results import Configured
from infraops.processes import Children, Watch
from infraops.tools.ansible.events import AnsibleEvent
from tests.tools.ansible.playing import play_alone

SECRET = 's3cret "quoted" {{ 1 }} ü'
NAP = f"331.{os.getpid():07}"  # seconds that nothing else on this machine sleeps


def host(name: str, *groups: str, **variables: Any) -> Host:
    return Host(name, "127.0.0.1", groups=groups, vars=variables, connection="local")


def write(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def living(text: str) -> list[str]:
    """Return the command lines, of all processes, that hold the text."""
    lines = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in line and file.parent.name != str(os.getpid()):
            lines.append(line)
    return lines


def gone(text: str, *, seconds: float = 60.0) -> bool:
    until = time.monotonic() + seconds
    while living(text) and time.monotonic() < until:
        time.sleep(0.05)
    return not living(text)


Run = Callable[..., Configured]


@pytest.fixture
def run(tmp_path: Path, environ: Mapping[str, str]) -> Run:
    """Write a playbook and run it on hosts; the run directory must be empty afterwards."""

    def run(playbook: str, *hosts: Host, **options: Any) -> Configured:
        play = write(tmp_path, {"play.yml": playbook}) / "play.yml"
        directory = tmp_path / "run"
        defaults: dict[str, Any] = {"children": Children(), "environ": environ}
        try:
            return play_alone(play, hosts, run_directory=directory, **{**defaults, **options})
        finally:
            assert list(directory.glob("*")) == []
            assert gone(str(directory))

    return run


def test_values_are_data_and_secrets_are_values(run: Run, tmp_path: Path, environ: Mapping[str, str]) -> None:
    """Only what our own look-ups say is templated; nothing that comes from outside ever is."""
    traps = [
        f"{{{{ lookup('pipe', 'touch {tmp_path}/pwned') }}}}",
        "{% if true %}x{% endif %}",
        "{# comment #}",
        "#jinja2:variable_start_string:'[[',variable_end_string:']]'\n[[ 1 + 1 ]]",
        "!vault x",
        "'\"\\ \n\t ü",
        "",
    ]
    variables = {"traps": traps, "nested": {"a": {"{{ 1 + 1 }}": [{"b": traps}]}}, "number": 7, "none": None}
    write(tmp_path, {"group_vars/all.json": json.dumps({"beside": {"__ansible_unsafe": traps[0]}})})
    names = ["traps", "nested", "number", "none", "from_output", "from_group", "beside", "token"]
    playbook = f"""
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        dest: {tmp_path}/seen.json
        content: "{{{{ dict({names} | zip([{", ".join(names)}])) | to_json }}}}"
"""
    environment = write(tmp_path / "env", {"group_vars/all.yml": "from_group: '{{ number + 1 }}'\n"})

    result = run(
        playbook,
        host("a", from_output=traps),
        variables=variables,
        secrets={"token": SECRET},
        group_vars_from=environment,
    )

    assert result.succeeded
    assert json.loads((tmp_path / "seen.json").read_text()) == {
        **variables,
        "from_output": traps,
        "from_group": 8,
        "beside": traps[0],
        "token": SECRET,
    }
    assert not (tmp_path / "pwned").exists()


def test_which_variables_win(run: Run, tmp_path: Path) -> None:
    environment = {
        "group_vars/all/a.yml": "{v1: env-all, v2: env-all, v3: env-all, v4: env-all, v5: env-all, v6: env-all}",
        "group_vars/web.yml": "{v4: env-web, v5: env-web, v6: env-web}",
        "host_vars/a.yml": "{v5: env-host, v6: env-host}",
    }
    beside = {
        "stack/group_vars/all.json": json.dumps({"v2": "stack-all", "v3": "stack-all", "v4": "stack-all"}),
        "stack/group_vars/web.yml": "{v6: stack-web}",
        "stack/play.yml": "- import_playbook: ../templates/playbook.yml\n",
        "templates/playbook.yml": """
- hosts: web
  gather_facts: false
  roles: [look]
""",
        "templates/roles/look/tasks/main.yml": f"""
- ansible.builtin.copy:
    dest: {tmp_path}/seen
    content: "{{{{ [v1, v2, v3, v4, v5, v6] | join(' ') }}}}"
""",
    }
    write(tmp_path, beside)
    write(tmp_path / "env", environment)

    play_alone(
        tmp_path / "stack" / "play.yml",
        [host("a", "web")],
        variables={"v3": "run"},
        run_directory=tmp_path / "run",
        environ={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        children=Children(),
        group_vars_from=tmp_path / "env",
    )

    assert (tmp_path / "seen").read_text() == "env-all stack-all run env-web env-host env-host"


def test_what_failed_is_named_with_task_place_and_reason(run: Run) -> None:
    playbook = """
- hosts: all
  gather_facts: false
  tasks:
    - name: ignored
      ansible.builtin.command: /bin/false
      ignore_errors: true
    - name: rescued
      block:
        - name: made good
          ansible.builtin.command: /bin/false
      rescue:
        - name: mend
          ansible.builtin.debug: {msg: mended}
    - name: break
      ansible.builtin.shell: "echo out; echo no {{ token }} here >&2; exit 3"
      when: inventory_hostname == 'broken'
    - name: loop
      ansible.builtin.file: {path: "/no/such/{{ item }}", state: touch}
      loop: [one, two]
      when: inventory_hostname == 'looped'
    - name: hidden
      ansible.builtin.command: /bin/false
      no_log: true
      when: inventory_hostname == 'hidden'
"""
    events: list[AnsibleEvent] = []

    result = run(
        playbook,
        *map(host, ("fine", "broken", "looped", "hidden")),
        secrets={"token": "s3cret-value"},
        on_event=events.append,
    )

    assert not result.succeeded
    found = {failure.host: failure for failure in result.failures}
    assert sorted(found) == ["broken", "hidden", "looped"]
    assert found["broken"].task == "break"
    assert found["broken"].message == "non-zero return code: no (sensitive) here"
    assert found["broken"].place.endswith("play.yml:15")
    assert found["looped"].message.startswith("item one: ")
    assert "no_log" in found["hidden"].message
    assert [name for name, recap in result.hosts.items() if recap.succeeded] == ["fine"]
    assert result.hosts["fine"].finished
    assert "fine: mend: ok: mended" in [event.text for event in events]
    assert not any("s3cret-value" in event.text for event in events)


@pytest.mark.parametrize("how", ["any_errors_fatal: true", "serial: 1", "max_fail_percentage: 0", "vars: {}"])
def test_a_host_that_a_stopped_run_left_out_is_not_configured(run: Run, how: str) -> None:
    playbook = f"""
- hosts: all
  gather_facts: false
  {how}
  tasks:
    - ansible.builtin.command: /bin/false
      when: inventory_hostname == 'a'
    - ansible.builtin.debug: {{msg: done}}
"""

    result = run(playbook, host("a"), host("b"), limit=["a", "b"])

    stops = how != "vars: {}"
    assert [failure.host for failure in result.failures] == ["a"]
    assert result.hosts["b"].succeeded is not stops


def test_a_later_play_that_never_began_leaves_its_hosts_unconfigured(run: Run) -> None:
    playbook = """
- hosts: first
  gather_facts: false
  tasks: [{ansible.builtin.command: /bin/false}]
- hosts: second
  gather_facts: false
  tasks: [{ansible.builtin.debug: {msg: done}}]
"""

    result = run(playbook, host("a", "first"), host("b", "second"))

    assert not result.hosts["b"].succeeded


@pytest.mark.parametrize(
    ("playbook", "problem"),
    [
        ("- hosts: all\n  tasks:\n    - debug: {msg: hi\n", r"play\.yml:\d+:\d+: YAML parsing failed"),
        ("- hosts: all\n  tasks:\n    - nosuchmodule: {}\n", r"play\.yml:3:\d+: couldn't resolve module/action"),
        ("- hosts: all\n  roles: [nosuchrole]\n", r"play\.yml:2:\d+: the role 'nosuchrole' was not found"),
        ("- hosts: db\n  tasks: []\n", "no play matches any of the hosts"),
    ],
)
def test_a_playbook_that_cannot_be_run_is_an_error_with_its_place(run: Run, playbook: str, problem: str) -> None:
    with pytest.raises(InfraOpsError, match=problem):
        run(playbook, host("a", "web"))


@pytest.mark.parametrize(
    "playbook",
    [
        "- hosts: all\n  gather_facts: false\n  tasks: []\n",
        "- hosts: all\n  gather_facts: false\n  serial: 1\n",
        "- hosts: all\n  gather_facts: false\n  tasks: [{ansible.builtin.ping: , tags: never}]\n",
        "- hosts: all\n  gather_facts: false\n- hosts: nowhere\n  tasks: [{ansible.builtin.ping: }]\n",
    ],
)
def test_nothing_to_do_is_success(run: Run, playbook: str) -> None:
    result = run(playbook, host("a"), host("b"))

    assert result.succeeded
    assert set(result.hosts) == {"a", "b"}


def test_a_limited_run_on_hosts_that_no_play_names_is_success(run: Run) -> None:
    playbook = "- hosts: web\n  gather_facts: false\n  tasks: [{ansible.builtin.ping: }]\n"

    assert run(playbook, host("a", "web"), host("b"), limit=["b"]).succeeded
    with pytest.raises(InfraOpsError, match="no play matches any of the hosts"):
        run(playbook, host("a", "app"), host("b"), limit=["a", "b"])


def test_an_inventory_without_hosts_is_an_error(run: Run) -> None:
    with pytest.raises(InfraOpsError, match="there are no hosts"):
        run("- hosts: all\n  tasks: []\n")
    with pytest.raises(InfraOpsError, match="no such host: b"):
        run("- hosts: all\n  tasks: []\n", host("a"), limit=["a", "b"])
    with pytest.raises(InfraOpsError, match="limited to no host"):
        run("- hosts: all\n  tasks: []\n", host("a"), limit=[])


def test_a_limited_run_touches_its_hosts_alone_and_sees_them_all(run: Run) -> None:
    playbook = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.debug: {msg: "{{ groups['web'] | join(',') }} {{ hostvars['a'].colour }}"}
"""
    events: list[AnsibleEvent] = []

    result = run(
        playbook,
        host("a", "web", colour="red"),
        host("b", "web"),
        host("c", "web"),
        limit=["c"],
        on_event=events.append,
    )

    assert list(result.hosts) == ["c"]
    assert [event.text for event in events if event.kind == "ok"] == ["c: ansible.builtin.debug: ok: a,b,c red"]


def test_check_mode_changes_nothing(run: Run, tmp_path: Path) -> None:
    playbook = f"""
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy: {{content: x, dest: {tmp_path}/made}}
"""

    result = run(playbook, host("a"), check=True)

    assert result.hosts["a"].changed == 1
    assert not (tmp_path / "made").exists()


def contents_below(directory: Path) -> dict[Path, bytes]:
    """Read every file below a directory that Ansible is at work in, and where it removes what it no longer needs."""
    contents = {}
    for parent, _, names in os.walk(directory):
        for path in (Path(parent, name) for name in names):
            with suppress(OSError):
                contents[path] = path.read_bytes() if path.is_file() else b""
    return contents


def test_a_secret_stands_in_no_file_and_in_no_command_line(run: Run, tmp_path: Path) -> None:
    playbook = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.set_fact: {copied: "{{ token }}", cacheable: true}
    - ansible.builtin.command: "true {{ token | length }}"
    - ansible.builtin.command: {cmd: cat, stdin: "{{ copied }}"}
    - ansible.builtin.debug: {var: copied}
"""
    secret = "correct-horse-battery"
    seen: list[Path] = []

    def look(event: AnsibleEvent) -> None:
        """Ansible's own fact file is the one place where this play asks for it; it goes with the run."""
        files = {path: text for path, text in contents_below(tmp_path / "run").items() if path.parent.name != "facts"}
        assert [path for path, content in files.items() if secret.encode() in content] == []
        assert living(secret) == []
        assert secret not in event.text
        seen.extend(files)

    own = Host("a", "127.0.0.1", connection="local", identity="1")
    result = run(playbook, own, secrets={"token": secret}, on_event=look, fact_cache=tmp_path / "facts")

    assert result.succeeded
    assert {"command", "ansible.cfg", "hosts.data"} <= {path.name for path in seen}
    assert [path for path in tmp_path.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()] == []


def test_the_callers_environment_stays_outside(run: Run, tmp_path: Path, environ: Mapping[str, str]) -> None:
    playbook = f"""
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.shell: env > {tmp_path}/seen
"""
    run(playbook, host("a"), environ={**environ, "AWS_SECRET_ACCESS_KEY": "x", "ANSIBLE_FORKS": "0", "LC_ALL": "C"})

    names = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    assert {"PATH", "HOME"} <= names
    assert not {"AWS_SECRET_ACCESS_KEY", "ANSIBLE_FORKS"} & names


def test_facts_are_gathered_once_for_a_machine(run: Run, tmp_path: Path) -> None:
    playbook = """
- hosts: all
  gather_subset: ["!all"]
  tasks:
    - ansible.builtin.debug: {msg: "{{ ansible_facts.system }}"}
"""

    def gathered(identity: str) -> bool:
        events: list[AnsibleEvent] = []
        machine = Host("a", "127.0.0.1", connection="local", identity=identity)
        assert run(playbook, machine, fact_cache=tmp_path / "facts", on_event=events.append).succeeded
        assert "a: ansible.builtin.debug: ok: Linux" in [event.text for event in events]
        return "Gathering Facts" in [event.text for event in events]

    assert gathered("one")
    assert not gathered("one")
    assert gathered("made anew")


SLEEP = f"- hosts: all\n  gather_facts: false\n  tasks: [{{ansible.builtin.command: sleep {NAP}}}]\n"


@pytest.mark.parametrize("how", ["interrupt", "kill"])
def test_one_signal_ends_it_all(run: Run, how: str) -> None:
    children = Children()
    signalled: list[float] = []

    def stop() -> None:
        assert len(living(f"sleep {NAP}")) == 2
        signalled.append(time.monotonic())
        getattr(children, how)()

    def act(event: AnsibleEvent) -> None:
        if event.kind == "task":
            threading.Thread(target=wait_for_sleep, args=(stop,)).start()

    with pytest.raises(Interrupted):
        run(SLEEP, host("a"), host("b"), children=children, on_event=act)

    assert time.monotonic() - signalled[0] < 150  # far less than the nap, on a busy machine too
    assert gone(f"sleep {NAP}")


def wait_for_sleep(then: Callable[[], None]) -> None:
    until = time.monotonic() + 180
    while len(living(f"sleep {NAP}")) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    then()


def test_an_interrupt_before_the_start_is_heard(run: Run) -> None:
    children = Children()

    def begin(identity: processes.ProcessIdentity) -> None:
        children.interrupted.set()  # as if the signal had been sent a moment before the child was known

    with pytest.raises(Interrupted):
        run(SLEEP, host("a"), children=children, watch=Watch(begin))
    with pytest.raises(Interrupted, match="before it began"):
        run(SLEEP, host("a"), children=children)


def test_ansible_does_not_outlive_the_program_that_started_it(tmp_path: Path, environ: Mapping[str, str]) -> None:
    write(tmp_path, {"play.yml": SLEEP})
    program = f"""
from pathlib import Path
from infraops.models.plans.contract import Host
from infraops.processes import Children
from infraops.tools.ansible.parts import Part
from infraops.tools.ansible.playbook import configure
hosts = [Host(name, "127.0.0.1", connection="local") for name in "ab"]
part = Part("trial", Path({str(tmp_path / "play.yml")!r}), hosts, variables={{}}, secrets={{}})
configure([part], run_directory=Path({str(tmp_path / "run")!r}), environ={dict(environ)!r}, children=Children())
"""
    path = os.pathsep.join(sys.path)
    parent = processes.start_detached(
        [sys.executable, "-c", program], log=tmp_path / "log", env={**environ, "PYTHONPATH": path}
    )
    wait_for_sleep(lambda: None)
    assert len(living(f"sleep {NAP}")) == 2, (tmp_path / "log").read_text()

    processes.end(parent, group=False)

    assert gone(str(tmp_path / "run")), living(str(tmp_path / "run"))
    assert gone(f"sleep {NAP}")
    assert list((tmp_path / "run").iterdir()) == []
