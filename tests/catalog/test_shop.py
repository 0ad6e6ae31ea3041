"""The reference shop on real hosts: a database, web hosts and a balancer, through the command line."""

import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

import pytest

from infraops.lab.records import Driver
from tests.catalog.conftest import Repo
from tests.e2e import test_shop as end_to_end

pytestmark = [pytest.mark.lab, pytest.mark.slow]
SHOP = ("shop-db", "storefront", "--environment", "lab")


def stacks(document: dict[str, Any]) -> dict[str, Any]:
    return {stack["stack"]: stack for stack in document["stacks"]}


def changed(document: dict[str, Any]) -> dict[str, int]:
    """Return how many tasks changed something, by host."""
    configured = [stack["configured"]["hosts"] for stack in document["stacks"] if stack["configured"]]
    return {name: recap["changed"] for hosts in configured for name, recap in hosts.items()}


def hosts_of(repo: Repo) -> dict[str, Any]:
    document = repo.infraops("output", *SHOP)
    return {host["name"]: host for stack in document["stacks"].values() for host in stack["hosts"]}


def on(repo: Repo, name: str, command: str, stdin: str = "") -> str:
    """Run a command on a host, as its operator would."""
    target = hosts_of(repo)[name]
    options = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes")
    ssh = ["ssh", "-F", "none", "-i", target["private_key_file"], *(word for each in options for word in ("-o", each))]
    argv = [*ssh, f"ops@{target['address']}", command]
    ended = subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def psql(repo: Repo, statement: str) -> str:
    return on(repo, "shop-db-01", f'sudo -u postgres psql -qAtX shop -c "{statement}"')


def get(url: str) -> tuple[int, str, str]:
    """Answer status, body and the host that the answer came from."""
    try:
        with build_opener(ProxyHandler({})).open(url, timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers["X-Backend"]
    except HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers["X-Backend"]


@pytest.fixture(scope="module")
def url(lab: Repo) -> str:
    """The shop, brought up; answers where it is."""
    answer = stacks(lab.infraops("apply", *SHOP, "--yes"))["lab/storefront"]
    return str(answer["outputs"]["values"]["url"])


def leave_to(lab: Repo, other: str) -> None:
    """Skip what the end-to-end tests prove on hosts with systemd already, and of more hosts."""
    assert hasattr(end_to_end, other)
    if lab.environ["INFRAOPS_LAB_DRIVER"] == Driver.NSPAWN:
        pytest.skip(f"on hosts with systemd, tests/e2e has {other}")


def test_every_host_serves_what_the_database_holds(lab: Repo, url: str) -> None:
    answers = [get(url) for _ in range(6)]
    assert {status for status, _, _ in answers} == {200}
    assert Counter(backend for _, _, backend in answers) == {f"storefront-app-0{number}": 2 for number in (1, 2, 3)}
    assert all("Head torch" in page and f"Served by {backend}" in page for _, page, backend in answers)

    psql(lab, "INSERT INTO products (name, price) VALUES ('Tent', 99)")
    assert all("<td>Tent</td><td>99.00</td>" in get(url)[1] for _ in range(3))


def test_a_second_run_changes_nothing(lab: Repo, url: str) -> None:
    leave_to(lab, "test_the_playbooks_change_nothing_the_second_time")
    names = hosts_of(lab)
    limits = [word for name in names for word in ("--limit", name)]
    assert changed(lab.infraops("apply", *SHOP, "--yes", *limits)) == dict.fromkeys(names, 0)
    assert psql(lab, "SELECT count(*) FROM products WHERE name = 'Head torch'").strip() == "1"


def test_the_password_is_in_no_log_and_a_changed_one_reaches_both_sides(lab: Repo, url: str) -> None:
    (file,) = (Path(lab.environ["XDG_STATE_HOME"]) / "infraops").glob("*/secrets/lab/shop-db")
    password = file.read_text().strip()
    assert psql(lab, "SELECT rolpassword LIKE 'SCRAM-SHA-256\\$%' FROM pg_authid WHERE rolname = 'shop'").strip() == "t"
    for name in ("shop-db-01", "storefront-app-01"):
        seen = on(
            lab, name, "sudo sh -c 'cat /var/log/*.log /var/log/*/*.log; journalctl --no-pager' 2>/dev/null || true"
        )
        assert password not in seen

    file.write_text("""it's "new": 100 % $HOME \\ é/?""")
    counts = changed(lab.infraops("apply", *SHOP, "--yes"))
    assert {name for name, count in counts.items() if count} == set(hosts_of(lab)) - {"storefront-lb"}
    assert get(url)[0] == 200


def test_a_database_that_is_away_is_told_and_comes_back_by_itself(lab: Repo, url: str) -> None:
    on(lab, "shop-db-01", "sudo pg_ctlcluster 15 main stop --mode=immediate")
    status, body, _ = get(url)
    assert (status, body) == (503, "The shop's database does not answer.\n")
    on(lab, "shop-db-01", "sudo service postgresql restart")
    deadline = time.monotonic() + 120
    while get(url)[0] != 200 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert get(url)[0] == 200


def test_a_larger_group_leaves_its_other_hosts_alone(lab: Repo, url: str) -> None:
    leave_to(lab, "test_three_become_thirty_and_the_first_three_are_not_touched")
    lab.write("storefront", "hosts: 3", "hosts: 5")
    grown = stacks(lab.infraops("apply", *SHOP, "--yes"))["lab/storefront"]
    actions = {change["address"]: change["action"] for change in grown["plan"]["changes"]}
    assert {address for address, action in actions.items() if action != "no-op"} == {
        'module.service.lab_host.app["app-04"]',
        'module.service.lab_host.app["app-05"]',
    }
    assert {"storefront-app-04", "storefront-app-05", "storefront-lb"} == set(grown["configured"]["hosts"])
    assert len({get(url)[2] for _ in range(10)}) == 5


def test_files_that_a_killed_run_left_behind_take_effect_in_the_next(lab: Repo, url: str) -> None:
    application = lab.root / "playbooks" / "files" / "storefront" / "wsgi.py"
    application.write_text(application.read_text().replace("Served by", "Answered by"))
    place = hosts_of(lab)["storefront-app-01"]["address"]
    on(lab, "storefront-app-01", "sudo tee /srv/web-app/wsgi.py", stdin=application.read_text())
    assert "Served by" in get(f"http://{place}/")[1]
    lab.infraops("apply", *SHOP, "--yes", "--limit", "storefront-app-01")
    assert "Answered by" in get(f"http://{place}/")[1]


def test_a_host_that_dies_costs_no_answer(lab: Repo, url: str) -> None:
    on(lab, "storefront-app-02", "sudo service nginx stop")
    answers = [get(url) for _ in range(10)]
    assert {status for status, _, _ in answers} == {200}
    assert "storefront-app-02" not in {backend for _, _, backend in answers}
    lab.infraops("apply", *SHOP, "--yes", "--limit", "storefront-app-02")
    deadline = time.monotonic() + 120
    while "storefront-app-02" not in {get(url)[2] for _ in range(10)} and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "storefront-app-02" in {get(url)[2] for _ in range(10)}
