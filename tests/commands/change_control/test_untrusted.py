"""`plan --untrusted` and `review --untrusted`, from the shell, with a canary that sings if anything was started."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infraops.tools.terraform.initialising import MARKER
from tests import forked
from tests.commands.estate import ENVIRONMENT, blueprint, make_estate

HERE = "catalog/trial/terraform/local"
ALLOW = "schema: infraops/v1\n"


def estate(root: Path) -> Path:
    make_estate(root, {"one": blueprint("one", parameters="{value: hello}")})
    (root / ".gitignore").write_text(".infraops/\n")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "base"]):
        git(root, *command)
    return root


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True)


def infraops(root: Path, home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", **variables}
    return forked.infraops(*words, cwd=root, env=environ)


def write(root: Path, path: str, text: str) -> Path:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)
    return root / path


def runs(root: Path, home: Path) -> list[dict[str, object]]:
    answer = infraops(root, home, "history", "--json", "--quiet")
    found: list[dict[str, object]] = json.loads(answer.stdout)["runs"]
    return found


@pytest.mark.parametrize(("word", "why"), [("plan", "nobody trusts yet"), ("review", "cannot be resumed")])
def test_a_sound_branch_is_planned_and_the_record_says_how(tmp_path: Path, word: str, why: str) -> None:
    root = estate(tmp_path / "repo")
    done = infraops(root, tmp_path, word, "--untrusted", "--base", "main", "--detailed-exitcode")
    assert done.returncode == 2, done.stderr
    (run,) = runs(root, tmp_path)
    shown = infraops(root, tmp_path, "history", str(run["record"]["id"]), "--json", "--quiet")  # type: ignore[index]
    assert json.loads(shown.stdout)["entries"][0]["payload"]["asked"]["untrusted"] is True
    again = infraops(root, tmp_path, "resume", str(run["record"]["id"]))  # type: ignore[index]
    assert again.returncode == 64
    assert why in again.stderr


def test_what_would_run_while_planning_never_does(tmp_path: Path) -> None:
    root, canary = estate(tmp_path / "repo"), tmp_path / "canary"
    program = write(tmp_path, "evil", f'#!/bin/sh\ntouch {canary}\necho \'{{"terraform_version": "1.9.0"}}\'\n')
    program.chmod(0o755)
    write(
        root,
        f"{HERE}/evil.tf",
        f'data "external" "x" {{\n  program = ["touch", "{canary}"]\n}}\n'
        'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n',
    )
    write(root, "infraops.yaml", f"schema: infraops/v1\nterraform: {{program: {program}}}\n")
    state = "state: {backend: http, config: {address: 'http://127.0.0.1:9/{stack}'}}\n"
    write(root, "inventories/local/environment.yaml", ENVIRONMENT + state)
    done = infraops(root, tmp_path, "plan", "--untrusted")
    assert done.returncode == 4
    places = [line.split(": ")[0] for line in done.stderr.splitlines() if not line.startswith(" ")]
    assert places == [
        f"{HERE}/evil.tf:1",
        f"{HERE}/evil.tf:1",
        f"{HERE}/evil.tf:5",
        "infraops.yaml:2",
        "inventories/local/environment.yaml:4",
        "denied",
    ]
    assert not canary.exists()
    assert not (root / ".infraops").exists()
    trusted = infraops(root, tmp_path, "plan")
    assert canary.exists(), trusted.stderr  # so much for the canary


def test_a_denial_is_a_document_too(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    write(root, f"{HERE}/evil.tf", 'data "http" "x" {}\n')
    done = infraops(root, tmp_path, "review", "--untrusted", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["exit_code"], document["schema"]) == (4, 4, "infraops/error/v1")
    assert {(mistake["file"], mistake["line"]) for mistake in document["mistakes"]} == {(f"{HERE}/evil.tf", 1)}


def test_the_list_must_not_come_from_the_branch(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    write(root, f"{HERE}/evil.tf", 'ephemeral "random_password" "x" {\n  length = 8\n}\n')
    ours = write(root, "allow.yaml", ALLOW + "ephemeral: [random_password]\nproviders: ['*']\n")
    (tmp_path / "link.yaml").symlink_to(ours)
    for name in ("allow.yaml", str(ours), str(tmp_path / "link.yaml"), "../repo/allow.yaml"):
        done = infraops(root, tmp_path, "plan", "--untrusted", "--allow", name)
        assert (done.returncode, "it lies in the checkout" in done.stderr) == (64, True), name
    absent = infraops(root, tmp_path, "plan", "--untrusted", "--allow", "allow.yaml", "--base", "main")
    assert (absent.returncode, "there is no such file at main" in absent.stderr) == (64, True)
    ours.write_text(ALLOW)
    git(root, "add", "allow.yaml")
    git(root, "commit", "-q", "-m", "a list")
    ours.write_text(ALLOW + "ephemeral: ['*']\nproviders: ['*']\n")
    done = infraops(root, tmp_path, "plan", "--untrusted", "--allow", "allow.yaml", "--base", "main")
    assert (done.returncode, "ephemeral random_password" in done.stderr) == (4, True)


def test_a_list_from_elsewhere_counts_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    settings = "schema: infraops/v1\nledger: /nowhere/ledger.sqlite3\n"
    write(root, "infraops.yaml", settings)
    assert infraops(root, tmp_path, "plan", "--untrusted").returncode == 4
    allow = write(tmp_path, "allow.yaml", ALLOW + "ledgers: [/nowhere/*]\nprovider: []\n")
    wrong = infraops(root, tmp_path, "plan", "--untrusted", "--allow", str(allow))
    assert (wrong.returncode, 'allow.yaml:3: unknown key "provider"' in wrong.stderr) == (64, True), wrong.stderr
    allow.write_text(ALLOW + f"ledgers: ['{tmp_path}/kept/*']\n")
    write(root, "infraops.yaml", settings.replace("/nowhere", f"{tmp_path}/kept"))
    done = infraops(root, tmp_path, "plan", "--untrusted", "--allow", str(allow))
    assert done.returncode == 0, done.stderr


def test_a_list_without_untrusted_is_a_mistake(tmp_path: Path) -> None:
    done = infraops(estate(tmp_path / "repo"), tmp_path, "plan", "--allow", "x")
    assert (done.returncode, "means nothing without --untrusted" in done.stderr) == (64, True)


@pytest.mark.parametrize("words", [("plan", "--destroy"), ("plan", "--replace", "x"), ("review", "--destroy")])
def test_what_reaches_beyond_the_stacks_that_are_looked_at_does_not_go_with_it(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = infraops(estate(tmp_path / "repo"), tmp_path, *words, "--untrusted")
    assert (done.returncode, "does not go with --untrusted" in done.stderr) == (64, True)


def test_settings_are_held_against_the_base(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    unknown = infraops(root, tmp_path, "plan", "--untrusted", "--base", "nothing")
    assert (unknown.returncode, "git knows no such branch" in unknown.stderr) == (64, True)
    write(root, "infraops.yaml", f"schema: infraops/v1\nledger: {tmp_path}/kept/ledger.sqlite3\n")
    assert infraops(root, tmp_path, "plan", "--untrusted", "--base", "main").returncode == 4
    git(root, "commit", "-q", "-am", "a ledger")
    done = infraops(root, tmp_path, "plan", "--untrusted", "--base", "main")
    assert done.returncode == 0, done.stderr


def test_a_tag_that_is_called_like_the_base_is_not_the_base(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    git(root, "remote", "add", "origin", str(root))
    git(root, "fetch", "-q", "origin")
    write(root, "infraops.yaml", f"schema: infraops/v1\nledger: {tmp_path}/kept/ledger.sqlite3\n")
    git(root, "commit", "-q", "-am", "a ledger")
    git(root, "tag", "origin/main")  # whoever may push a branch may push a tag
    refused = infraops(root, tmp_path, "plan", "--untrusted", "--base", "origin/main")
    assert (refused.returncode, "where runs are recorded" in refused.stderr) == (4, True), refused.stderr


def test_nobody_else_says_with_whose_credentials_providers_work(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    providers = "providers: {aws: {shared_config_files: [mine.config]}}\n"  # it may name a program that is started
    write(root, "inventories/local/environment.yaml", ENVIRONMENT + providers)
    blind = infraops(root, tmp_path, "plan", "--untrusted")
    assert (blind.returncode, "providers: it says with whose credentials" in blind.stderr) == (4, True)
    changed = infraops(root, tmp_path, "plan", "--untrusted", "--base", "main")
    assert (changed.returncode, "providers: not as it is at the base" in changed.stderr) == (4, True)
    assert "inventories/local/environment.yaml:4" in changed.stderr
    git(root, "commit", "-q", "-am", "an account")
    same = infraops(root, tmp_path, "plan", "--untrusted", "--base", "main")
    assert same.returncode == 0, same.stderr


def test_nobody_else_says_in_which_account_providers_may_work(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    account = 'providers: {aws: {allowed_account_ids: ["111111111111"]}}\n'
    write(root, "inventories/local/environment.yaml", ENVIRONMENT + account)
    git(root, "commit", "-q", "-am", "an account")
    for other in (account.replace("1" * 12, "2" * 12), "", account.replace("allowed", "forbidden")):
        write(root, "inventories/local/environment.yaml", ENVIRONMENT + other)
        changed = infraops(root, tmp_path, "plan", "--untrusted", "--base", "main")
        assert (changed.returncode, "providers: not as it is at the base" in changed.stderr) == (4, True), other


def test_secrets_are_refused_unless_they_are_named(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    template = root / "catalog/trial/template.yaml"
    template.write_text(
        template.read_text().replace('value: {type: string, default: "", ', "value: {type: string, sensitive: true, ")
    )
    write(root, "blueprints/one.yaml", blueprint("one", parameters="{value: 'env:TOKEN'}"))
    done = infraops(root, tmp_path, "plan", "--untrusted", TOKEN="canary")
    assert (done.returncode, "the secret env:TOKEN is not on the list" in done.stderr) == (4, True)
    allow = write(tmp_path, "allow.yaml", ALLOW + "secrets: ['env:TOKEN']\n")
    done = infraops(root, tmp_path, "plan", "--untrusted", "--allow", str(allow), TOKEN="canary")
    assert done.returncode == 0, done.stderr
    assert "canary" not in done.stdout + done.stderr


SHOWING = """\
#!/bin/sh
env >> {out}
exec {terraform} "$@"
"""


def test_terraform_is_handed_what_is_named_and_no_more(tmp_path: Path) -> None:
    """A program in Terraform's place writes down what it is handed, and is none of the branch's."""
    root, out = estate(tmp_path / "repo"), tmp_path / "env"
    shown = write(tmp_path, "bin/terraform", SHOWING.format(out=out, terraform=_terraform()))
    shown.chmod(0o755)
    write(root, "infraops.yaml", "schema: infraops/v1\nterraform: {program: terraform}\n")
    variables = {
        "PATH": f"{shown.parent}:{os.environ['PATH']}",
        "AWS_SECRET_ACCESS_KEY": "canary",
        "AWS_REGION": "named",
        "TF_TOKEN_app_example": "canary",
        "VAULT_TOKEN": "canary",
        "SSH_AUTH_SOCK": "canary",
    }
    allow = write(tmp_path, "allow.yaml", ALLOW + "environment: [AWS_REGION]\n")
    done = infraops(root, tmp_path, "plan", "--untrusted", "--allow", str(allow), **variables)
    assert done.returncode == 0, done.stderr
    handed = out.read_text()
    assert "canary" not in handed
    assert "AWS_REGION=named" in handed
    assert f"HOME={tmp_path}" not in handed.splitlines()
    out.unlink()
    assert infraops(root, tmp_path, "plan", **variables).returncode == 0
    assert "canary" in out.read_text()


def _terraform() -> str:
    return f"{sys.executable} -P -m infraops.tools.terraform.program.embedded"


def test_nothing_that_a_branch_committed_below_the_scratch_directory_is_used(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    planted = root / ".infraops/stacks/local/one"
    write(planted, ".terraform/planted", "")
    write(planted, str(MARKER), "{}")
    write(planted, "errored.tfstate", "{}")
    write(planted, "evil.tf", 'data "http" "x" {}\n')
    done = infraops(root, tmp_path, "plan", "--untrusted")
    assert done.returncode == 0, done.stderr
    left = {path.relative_to(planted).as_posix() for path in planted.rglob("*") if path.is_file()}
    assert not left & {".terraform/planted", "errored.tfstate", "evil.tf"}


def test_no_link_in_an_old_copy_of_a_template_leads_what_is_copied_elsewhere(tmp_path: Path) -> None:
    root, elsewhere = estate(tmp_path / "repo"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    write(root, "catalog/trial/keys/planted", "a key")
    copy = root / ".infraops/templates/trial-1.0"
    copy.mkdir(parents=True)
    (copy / "keys").symlink_to(elsewhere)
    done = infraops(root, tmp_path, "plan", "--untrusted")
    assert done.returncode == 0, done.stderr
    assert list(elsewhere.iterdir()) == []
    assert (copy / "keys/planted").read_text() == "a key"


def test_a_link_where_infraops_writes_is_refused(tmp_path: Path) -> None:
    root, elsewhere = estate(tmp_path / "repo"), tmp_path / "elsewhere"
    elsewhere.mkdir()
    (root / ".infraops").mkdir()
    (root / ".infraops/stacks").symlink_to(elsewhere)
    done = infraops(root, tmp_path, "plan", "--untrusted")
    assert (done.returncode, done.stderr.startswith(".infraops/stacks: a symbolic link")) == (4, True)
    assert list(elsewhere.iterdir()) == []


def test_a_provider_that_no_lock_file_pins_is_refused(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    write(root, f"{HERE}/more.tf", 'resource "random_id" "x" {\n  byte_length = 2\n}\n')
    done = infraops(root, tmp_path, "plan", "--untrusted")
    assert (done.returncode, "no lock file of local pins the provider hashicorp/random" in done.stderr) == (4, True)
    write(
        root,
        "inventories/local/locks/one.terraform.lock.hcl",
        'provider "registry.terraform.io/hashicorp/null" {\n  version = "3.2.0"\n}\n',
    )
    assert infraops(root, tmp_path, "plan", "--untrusted").returncode == 4


PLAYBOOK = """\
---
- name: A play
  hosts: all
  tasks:
    - name: Fetch
      ansible.builtin.debug:
        msg: "{{ lookup('pipe', 'id') }}"
    - name: Act
      ansible.builtin.command: id
      check_mode: false
    - name: Here
      ansible.builtin.command: id
      delegate_to: localhost
"""
HOSTS = "hosts:\n  group:\n    a: {address: 127.0.0.1}\n"


def test_what_a_playbook_would_do_here_is_named_and_not_refused(tmp_path: Path) -> None:
    root = estate(tmp_path / "repo")
    write(
        root, "inventories/machines/environment.yaml", "schema: infraops/v1\nname: machines\nplatform: static\n" + HOSTS
    )
    write(root, "playbooks/p.yml", PLAYBOOK)
    write(root, "playbooks/library/evil.py", "")
    write(
        root,
        "blueprints/group.yaml",
        "schema: infraops/v1\nname: group\ntemplate: host-group@1.0\nowner: us\n"
        "parameters: {playbook: playbooks/p.yml}\nenvironments: {machines: {}}\n",
    )
    done = infraops(root, tmp_path, "review", "-e", "machines", "--untrusted")
    assert done.returncode == 0, done.stderr
    for line in (
        "playbooks/library/evil.py: code that Ansible loads by itself",
        "playbooks/p.yml:7: a look-up that runs, fetches or reads there",
        "playbooks/p.yml:10: acts in check mode too",
        "playbooks/p.yml:13: a task for the machine that runs infraops",
    ):
        assert line in done.stdout
        assert line in done.stderr
    assert not [entry for entry in entries(root, tmp_path) if "ansible" in entry["payload"].get("program", "")]


def entries(root: Path, home: Path) -> list[dict[str, dict[str, str]]]:
    (run,) = runs(root, home)
    shown = infraops(root, home, "history", str(run["record"]["id"]), "--json", "--quiet")  # type: ignore[index]
    found: list[dict[str, dict[str, str]]] = json.loads(shown.stdout)["entries"]
    return found
