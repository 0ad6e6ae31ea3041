"""What the look at a shareable template's playbook finds, with file and line, and what it lets pass."""

from pathlib import Path

import pytest

from infraops.controlrepo.load import load
from infraops.errors import InvalidInput
from tests.commands.estate import ENVIRONMENT, MODULE, SETTINGS, TEMPLATE

BUILT_IN = Path(__file__).parents[3] / "infraops" / "catalog"
PLAY = "- hosts: web\n  tasks:\n"


def findings(root: Path, files: dict[str, str], *, extra: str = "playbook: playbook.yml\n") -> list[str]:
    """Load a repo with one shareable template that has these files; return what is wrong with it."""
    repo = {
        "infraops.yaml": SETTINGS,
        "inventories/local/environment.yaml": ENVIRONMENT,
        "catalog/trial/template.yaml": f"{TEMPLATE}shareable: true\n{extra}",
        "catalog/trial/README.md": "# trial, {{ groups }}\n",
        "catalog/trial/terraform/local/main.tf": MODULE,
        "catalog/trial/playbook.yml": "- hosts: all\n",
        **{f"catalog/trial/{name}": text for name, text in files.items()},
    }
    for name, text in repo.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    try:
        load(root, built_in=BUILT_IN)
    except InvalidInput as error:
        return [str(mistake) for mistake in error.mistakes]
    return []


IN_TASKS = [
    ("debug:\n        msg: \"{{ groups['web'] }}\"", 4, "groups tells of"),
    ("debug: {msg: \"{{ hostvars['a'].x }}\"}", 3, "hostvars tells of"),
    ("debug:\n        msg: |\n          one\n          {{ play_hosts }}", 6, "play_hosts tells of"),
    ("ping:\n      when:\n        - x\n        - groups.web | length > 1", 6, "groups tells of"),
    ("ping:\n      when: ansible_play_hosts | length > 1", 4, "ansible_play_hosts tells of"),
    ("debug: {var: groups}", 3, "groups tells of"),
    ('debug: {msg: "{{ group_names }}"}', 3, "group_names tells of"),
    ("debug: {msg: \"{{ q('inventory_hostnames', 'all') }}\"}", 3, "inventory_hostnames tells of"),
    ("ping:\n      run_once: true", 4, "run_once is done for one host"),
    ("block:\n        - ping:\n          run_once: '{{ x }}'", 5, "run_once is done for one host"),
    ("ansible.builtin.add_host:\n        name: x", 3, "add_host is done once"),
    ("pause:", 3, "pause is done once"),
    ("local_action: add_host name=x", 3, "add_host is done once"),
    ("meta: end_play", 3, "end_play concerns"),
    ('ping:\n      delegate_to: "{{ balancer }}"', 4, "is delegated to"),
    ("ping:\n      delegate_to: localhost\n      delegate_facts: true", 5, "delegate_facts gives facts"),
]
IN_FILES = [
    ("playbook.yml", "- hosts: all\n  serial: 1\n", 2, "serial counts"),
    ("playbook.yml", "- hosts: all\n  max_fail_percentage: 10\n", 2, "max_fail_percentage counts"),
    ("playbook.yml", "- hosts: all\n  any_errors_fatal: true\n", 2, "any_errors_fatal lets a failure"),
    ("playbook.yml", "- hosts: web[0]\n", 1, "chooses some hosts"),
    ("playbook.yml", "- hosts: [app, '{{ x }}']\n", 1, "chooses some hosts"),
    ("playbook.yml", "- hosts: ungrouped\n", 1, "no host is ungrouped"),
    ("playbook.yml", "- hosts: [all\n", 2, "it cannot be read"),
    ("other.yml", "- hosts: all\n  serial: 1\n", 2, "serial counts"),
    ("roles/r/tasks/main.yml", "- ping:\n  run_once: true\n", 2, "run_once is done for one host"),
    ("roles/r/defaults/main.yml", "---\nx: \"{{ groups['db'][0] }}\"\n", 2, "groups tells of"),
    ("roles/r/templates/x.cfg", "a\n{% for h in groups['db'] %}\n{% endfor %}\n", 2, "groups tells of"),
    ("x.j2", "a\n\n{{ x\n | d(hostvars[y]) }}\n", 4, "hostvars tells of"),
    ("group_vars/all.yml", "x: 1\n", None, "would no longer win"),
    ("group_vars/all/x.yml", "x: 1\n", None, "would no longer win"),
]


@pytest.mark.parametrize(
    ("file", "text", "line", "word"),
    [*IN_FILES, *(("playbook.yml", f"{PLAY}    - {task}\n", line, word) for task, line, word in IN_TASKS)],
)
def test_what_concerns_other_hosts_is_named_with_its_line(
    tmp_path: Path, file: str, text: str, line: int | None, word: str
) -> None:
    (found,) = findings(tmp_path, {file: text})

    place = f"catalog/trial/{file}" + (f":{line}" if line else "")
    assert found.startswith(f"{place}: not shareable: ")
    assert word in found
    assert found.endswith("or remove shareable")


def test_what_stays_with_its_host_may_be_shared(tmp_path: Path) -> None:
    playbook = """\
# groups, hostvars, run_once: true
- hosts: web:&app
  any_errors_fatal: false
  vars: {groups_of_users: [x], label: "{{ item.groups }} {{ item['groups'] }} {{ dict(groups=1) }}"}
  tasks:
    - name: Add the groups of a user, with hostvars in mind
      ansible.builtin.user: {name: x, groups: "{{ groups_of_users }}"}
    - name: Look at itself
      ansible.builtin.debug:
        msg: "{{ hostvars[inventory_hostname].x }} {{ 'db' in group_names }}"
      run_once: false
      when: inventory_hostname == 'a'
      delegate_to: localhost
    - ansible.builtin.meta: flush_handlers
    - ansible.builtin.copy: {content: !unsafe "{{ groups }", dest: /x}
      vars: {serial: 1}
"""
    files = {
        "playbook.yml": playbook,
        "roles/r/vars/main.yml": "run_once: true\npause: 3\n",
        "roles/r/files/x.yml": "{{ groups }}\n- [\n",
        "roles/r/templates/x.conf": "groups = {{ x }}\n",
        "roles/r/meta/main.yml": "dependencies: []\n",
        "terraform/local/notes.yml": "run_once: true\n",
    }

    assert findings(tmp_path, files) == []


def test_nothing_is_asked_of_a_template_that_is_not_shareable(tmp_path: Path) -> None:
    wrong = {"playbook.yml": "- hosts: all\n  serial: 1\n"}
    assert findings(tmp_path, wrong) != []
    assert findings(tmp_path, {**wrong, "template.yaml": f"{TEMPLATE}playbook: playbook.yml\n"}) == []


def test_without_a_playbook_there_is_nothing_to_share(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, {}, extra="")
    assert found.endswith(": shareable is true, but there is no playbook; name one, or remove shareable")
