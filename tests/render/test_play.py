"""Values reach real Ansible as data: nothing in them is evaluated, whatever it looks like."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infraops import processes
from infraops.models.stacks.stack import SecretReference
from infraops.render.play import as_data, secret_variable
from infraops.render.stack import render
from infraops.tools.files import write
from tests.render.stacks import make_stack, make_template

ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
EVIL = [
    "{{ lookup('pipe', 'touch evil') }}",
    "{% for x in [1] %}x{% endfor %}",
    "{# gone #}",
    "!unsafe x",
    "!vault |\n  $ANSIBLE_VAULT;1.1;AES256",
    "$ANSIBLE_VAULT;1.1;AES256\n00",
    "__ansible_unsafe",
    "- a: b # c",
    "yes",
    "2026-01-01",
    "quote \" and ' and \\ and \x07 and \u2028 and \U0001f600",
]
PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: >-
          {{ {'text': text, 'items_': items_, 'keyed': keyed, 'secret': secret, 'joined': 'a' ~ text} | to_json }}
        dest: "{{ playbook_dir }}/said.json"
        mode: "0600"
    - ansible.builtin.debug:
        msg: "{{ text }}"
"""


def ansible(playbook: Path, environ: dict[str, str]) -> processes.Finished:
    home = str(playbook.parent)
    return processes.run(
        [
            str(ANSIBLE),
            "-i",
            "hosts",
            "-c",
            "local",
            "-e",
            f"ansible_python_interpreter={sys.executable}",
            "play.yml",
        ],
        cwd=playbook.parent,
        env={
            "PATH": os.environ["PATH"],
            "HOME": home,
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_LOCALHOST_WARNING": "0",
            **environ,
        },
        timeout=120,
    )


@pytest.mark.skipif(not ANSIBLE.is_file(), reason="ansible-playbook is not installed")
def test_strings_that_look_like_code_are_data(tmp_path: Path) -> None:
    keyed = {"{{ 1 + 1 }}": "{{ 1 + 1 }}", "nested": [{"deep": EVIL}]}
    template = make_template(
        tmp_path,
        "",
        parameters={
            "text": {"type": "string"},
            "items_": {"type": "list"},
            "keyed": {"type": "map"},
            "secret": {"type": "string", "sensitive": True},
        },
    )
    from dataclasses import replace

    stack = make_stack(
        tmp_path,
        template,
        text=EVIL[0],
        items_=EVIL,
        keyed=keyed,
        secrets={"secret": SecretReference("env", "IT")},
    )
    stack = replace(stack, playbook="playbooks/{{ 1 + 1 }} it's #1.yml")
    assert stack.playbook is not None
    (tmp_path / "playbooks").mkdir()
    (tmp_path / stack.playbook).write_text(PLAYBOOK)
    directory = tmp_path / ".infraops" / "stacks" / "lab" / "app"
    write(render(stack), directory)
    (directory / "hosts").write_text("localhost\n")  # group_vars/ beside an inventory are read
    finished = ansible(directory / "play.yml", {"INFRAOPS_SECRET_SECRET": "{{ 7 * 6 }}"})
    assert finished.exit_code == 0, finished.stdout + finished.stderr
    assert "WARNING" not in finished.stdout + finished.stderr
    assert json.loads((tmp_path / "playbooks" / "said.json").read_text()) == {
        "text": EVIL[0],
        "items_": EVIL,
        "keyed": keyed,
        "secret": "{{ 7 * 6 }}",
        "joined": f"a{EVIL[0]}",
    }
    assert not list(tmp_path.rglob("evil"))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text().filter(lambda key: not key.startswith("__ansible_")), inner)
    ),
)


@settings(deadline=None)
@given(values)
def test_every_string_is_marked_and_nothing_else_changes(value: Any) -> None:
    from ansible._internal._datatag._tags import TrustedAsTemplate
    from ansible._internal._json._profiles import _legacy

    seen: list[Any] = []

    def plain(found: Any) -> Any:
        if isinstance(found, dict):
            return {str(key): plain(item) for key, item in found.items()}
        if isinstance(found, list):
            return [plain(item) for item in found]
        if isinstance(found, str):
            seen.append(TrustedAsTemplate.is_tagged_on(found))
            return str(found)
        return found

    # Read as Ansible reads a trusted variables file.
    text = TrustedAsTemplate().tag(json.dumps(as_data({"value": value})))
    assert plain(json.loads(text, cls=_legacy.Decoder)) == {"value": value}
    assert not any(seen)


def test_names_that_differ_only_in_case_have_variables_of_their_own() -> None:
    names = ("password", "Password", "PASSWORD", "as_Password", "as_password")
    assert len({secret_variable(name) for name in names}) == len(names)
    assert secret_variable("password") == "INFRAOPS_SECRET_PASSWORD"
