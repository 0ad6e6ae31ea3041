"""The main job, as a user does it: from the wheel, outside the checkout, with no Terraform on the path.

The tests are one story and run in the order they stand in: up, twice, a row, drift, thirty, down.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infraops.errors import InfraOpsError
from infraops.lab import boot
from infraops.lab.hosts import delete, stop
from infraops.models.basics.workspace import Workspace, workspace_of
from tests.e2e.machine import Machine, look
from tests.e2e.shop import Shop, eventually, get, install_wheel, make_shop
from tests.needs import lacking

pytestmark = [pytest.mark.lab, pytest.mark.slow]
FIRST_THREE = tuple(f"storefront-app-0{number}" for number in (1, 2, 3))


@dataclass(frozen=True)
class Story:
    """The shop, what the machine looked like before it, and a second checkout beside it."""

    shop: Shop
    neighbour: Shop
    before: Machine

    @property
    def workspace(self) -> Workspace:
        return workspace_of(self.shop.root, self.shop.environ)

    @property
    def url(self) -> str:
        outputs = self.shop.document("output", "storefront", "-e", "lab")
        return str(outputs["stacks"]["lab/storefront"]["endpoints"]["web"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    if os.geteuid() != 0:
        lacking("lab hosts with systemd need root")
    try:
        boot.choose_driver(os.environ)
    except InfraOpsError as error:
        lacking(str(error))
    directory = tmp_path_factory.mktemp("e2e")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    programs = install_wheel(directory)
    shop = make_shop(directory / "one", cache, programs)
    neighbour = make_shop(directory / "two", cache, programs)
    before = look(mine=directory)
    story = Story(shop, neighbour, before)
    yield story
    for each in (shop, neighbour):
        each.run("destroy", "-e", "lab", "--yes", "--quiet")


def facts(shop: Shop) -> dict[str, str]:
    """Boot id, and start time of init and nginx, of the first three hosts."""
    started = "awk '{print $22}' /proc/1/stat /proc/$(cat /run/nginx.pid)/stat"
    command = f"cat /proc/sys/kernel/random/boot_id; {started}"
    return {host: shop.on(host, command) for host in FIRST_THREE}


def test_up(story: Story) -> None:
    done = story.shop.run("apply", "-e", "lab", "--yes")
    assert "try: curl http://198.1" in done.stdout
    page, _ = get(story.url)
    assert "Carabiner" in page, "the page does not show what the database holds"


def test_a_second_apply_changes_nothing(story: Story) -> None:
    for more in ((), ("--refresh",)):
        document = story.shop.document("apply", "-e", "lab", "--yes", *more)
        assert document["outcome"] == "unchanged"
        assert {stack["outcome"] for stack in document["stacks"]} == {"unchanged"}
        assert {bool(stack["proven_by"]) for stack in document["stacks"]} == {not more}
    assert story.shop.run("plan", "-e", "lab", "--detailed-exitcode").returncode == 0


def test_the_playbooks_change_nothing_the_second_time(story: Story) -> None:
    hosts = [*FIRST_THREE, "storefront-lb", "shop-db-01"]
    limits = [word for host in hosts for word in ("--limit", host)]
    document = story.shop.document("apply", "-e", "lab", "--yes", "storefront", "shop-db", *limits)
    configured = [stack["configured"]["hosts"] for stack in document["stacks"]]
    assert sorted(name for recaps in configured for name in recaps) == sorted(hosts)
    assert all(recap["changed"] == 0 and recap["ok"] > 0 for recaps in configured for recap in recaps.values())


def test_a_row_that_psql_adds_appears_through_the_balancer(story: Story) -> None:
    statement = "insert into products (name, price) values ('Ice axe', 89)"
    story.shop.on("shop-db-01", f'sudo -u postgres psql -q shop -c "{statement}"')
    page, _ = get(story.url)
    assert "Ice axe" in page


def test_killed_and_deleted_hosts_are_drift_and_come_back(story: Story) -> None:
    stop(story.workspace, "lab-storefront-app-02")
    delete(story.workspace, "lab-storefront-app-03")
    drift = story.shop.document("drift", "-e", "lab", "storefront", "--detailed-exitcode", exit_code=2)
    found = story.shop.stack(drift, "lab/storefront")["drift"]
    assert len(found["resources"]) == 2
    assert "somebody else did" in found["explained"]
    plan = story.shop.document("plan", "-e", "lab", "storefront", "--detailed-exitcode", exit_code=2)
    counts = story.shop.stack(plan, "lab/storefront")["plan"]["counts"]
    assert (counts["create"], counts["update"], counts["delete"]) == (1, 1, 0)
    healed = story.shop.stack(story.shop.document("apply", "-e", "lab", "--yes", "storefront"), "lab/storefront")
    assert not healed["skipped_hosts"], "drift leaves nothing proven"
    backends = set()
    for _ in range(30):
        backends.add(get(story.url)[1])
    assert backends == set(FIRST_THREE)


def test_a_host_is_made_anew_by_its_name(story: Story) -> None:
    plan = story.shop.document("plan", "-e", "lab", "fleet", "--replace", "fleet-host-01")
    (change,) = [each for each in story.shop.stack(plan, "lab/fleet")["plan"]["changes"] if each["action"] != "no-op"]
    assert (change["address"], change["action"]) == ('module.service.lab_host.host["host-01"]', "replace")


def test_a_second_checkout_beside_it_disturbs_nobody(story: Story) -> None:
    before = facts(story.shop)
    story.neighbour.run("apply", "-e", "lab", "--yes", "fleet")
    ours = {host["address"] for host in hosts_of(story.shop)}
    theirs = {host["address"] for host in hosts_of(story.neighbour, "fleet")}
    assert theirs and not ours & theirs
    story.neighbour.run("destroy", "-e", "lab", "--yes", "fleet")
    assert facts(story.shop) == before
    assert get(story.url)[0]


def hosts_of(shop: Shop, *names: str) -> list[dict[str, str]]:
    stacks = shop.document("output", "-e", "lab", *names)["stacks"].values()
    return [host for stack in stacks for host in stack["hosts"]]


def test_three_become_thirty_and_the_first_three_are_not_touched(story: Story) -> None:
    before = facts(story.shop)
    story.shop.edit("blueprints/storefront.yaml", "hosts: 3", "hosts: 30")
    plan = story.shop.stack(story.shop.document("plan", "-e", "lab"), "lab/storefront")["plan"]["counts"]
    assert plan == {"create": 27, "update": 0, "replace": 0, "delete": 0, "imports": 0, "forget": 0}
    document = story.shop.document("apply", "-e", "lab", "--yes")
    stack = story.shop.stack(document, "lab/storefront")
    assert set(stack["skipped_hosts"]) == set(FIRST_THREE)
    assert not set(FIRST_THREE) & set(stack["configured"]["hosts"])
    assert facts(story.shop) == before
    backends: set[str] = set()
    for _ in range(120):
        backends.add(get(story.url)[1])
    assert backends == {f"storefront-app-{number:02d}" for number in range(1, 31)}


def test_destroy_leaves_nothing_behind(story: Story) -> None:
    story.shop.run("destroy", "-e", "lab", "--yes")
    eventually(lambda: look(mine=story.shop.root.parents[1]) == story.before)
    hosts = story.workspace.lab / "hosts"
    assert not hosts.exists() or not list(hosts.iterdir()), "a host's disk is still there"
    assert story.shop.document("ledger", "verify")["ok"]
