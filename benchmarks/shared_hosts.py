"""The work of the sharing benchmark, twice: as a control repo of one-host stacks, and as plain Ansible files."""

import getpass
import json
from pathlib import Path

from infraops.tools.ansible.settings import RunPaths, configuration

HOSTS = 50
FORKS = 20

TEMPLATE = """\
schema: infraops/v1
name: page
version: "1.0"
summary: A page on one host.
parameters:
  number: {type: integer, required: true, used_by: [terraform]}
  title: {type: string, required: true, used_by: [playbook]}
playbook: playbook.yml
local_safe: true
independent_hosts: true
shareable: true
"""

MODULE = """\
variable "number" { type = number }
variable "reach" { type = any }

output "hosts" {
  value = {
    format("page-%03d", var.number) = {
      address          = "127.0.0.${var.number + 2}"
      port             = var.reach.port
      user             = var.reach.user
      groups           = ["page"]
      vars             = { ansible_remote_tmp = var.reach.tmp, target = var.reach.target }
      host_key         = var.reach.host_key
      private_key_file = var.reach.key
    }
  }
}

output "endpoints" {
  value = {}
}
"""

PLAYBOOK = """\
- name: Make the page
  hosts: page
  gather_facts: false
  tasks:
    - name: Make its directory
      ansible.builtin.file: {path: "{{ target }}/{{ inventory_hostname }}", state: directory, mode: "0755"}
    - name: Write the page
      ansible.builtin.copy:
        content: "{{ title }}"
        dest: "{{ target }}/{{ inventory_hostname }}/page"
        mode: "0644"
"""


def title(number: int) -> str:
    """Say what stands on a page."""
    return f"page number {number}"


def control_repo_files(port: int, host_key: str, user_key: Path, target: Path) -> dict[str, str]:
    """Return the files of a control repo with a stack for each host."""
    reach = {
        "port": port,
        "user": getpass.getuser(),
        "key": str(user_key),
        "host_key": host_key,
        "target": str(target),
        "tmp": str(target.with_name("remote-tmp")),
    }
    environment = {"schema": "infraops/v1", "name": "local", "platform": "local", "variables": {"reach": reach}}
    return {
        "infraops.yaml": "schema: infraops/v1\n",
        "catalog/page/template.yaml": TEMPLATE,
        "catalog/page/README.md": "# page\n",
        "catalog/page/playbook.yml": PLAYBOOK,
        "catalog/page/terraform/local/main.tf": MODULE,
        "inventories/local/environment.yaml": json.dumps(environment),
        **{
            f"blueprints/p{number:03}.yaml": f"schema: infraops/v1\nname: p{number:03}\ntemplate: page@1.0\n"
            f"owner: team-bench\nparameters: {{number: {number}, title: {title(number)}}}\n"
            "environments: {local: {}}\n"
            for number in range(HOSTS)
        },
    }


def bare_files(port: int, host_key: str, user_key: Path, target: Path) -> dict[str, str]:
    """Return the playbook with an inventory of the same hosts, and the settings that infraops gives Ansible."""
    kind, key = host_key.split()[:2]
    hosts = {
        f"page-{number:03}": {
            "ansible_host": f"127.0.0.{number + 2}",
            "ansible_port": port,
            "ansible_user": getpass.getuser(),
            "ansible_ssh_private_key_file": str(user_key),
            "ansible_remote_tmp": str(target.with_name("remote-tmp")),
            "target": str(target),
            "title": title(number),
        }
        for number in range(HOSTS)
    }
    own = target.with_name("bare")
    settings = configuration(RunPaths(own, own / "sockets"), forks=FORKS, callbacks=own)
    left_out = ("stdout_callback", "callback_plugins", "enable_plugins", "control_path_dir")
    return {
        "playbook.yml": PLAYBOOK,
        "hosts.json": json.dumps({"page": {"hosts": hosts}}),
        "sockets/known_hosts": "".join(f"[127.0.0.{number + 2}]:{port} {kind} {key}\n" for number in range(HOSTS)),
        "ansible.cfg": "".join(f"{line}\n" for line in settings.splitlines() if not line.startswith(left_out)),
    }


def write(root: Path, files: dict[str, str]) -> None:
    """Write these files below a directory."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
