import resource

import pytest

from infraops.errors import InfraOpsError
from infraops.lab import limits, ready
from infraops.lab.network import RANGE, Network
from infraops.lab.records import Driver, Phase, Record
from infraops.models.basics.workspace import Workspace


def test_counting_stops_where_it_is_told() -> None:
    assert limits.inotify_left(2) in (0, 1, 2)
    assert limits.inotify_limit() > 0


def test_no_more_instances_than_descriptors() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        assert limits.inotify_left(2) == 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_whole_host_is_refused_at_once_and_the_way_out_named(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "inotify_left", lambda most: 2)
    record = Record("web", "web", 2, "0" * 32, Driver.NSPAWN, "/", Phase.CREATING, "")
    with pytest.raises(InfraOpsError, match="inotify") as caught:
        ready.bring_up(workspace, record, Network("iol-000000", RANGE))
    assert "sysctl fs.inotify.max_user_instances" in caught.value.hint
    assert "INFRAOPS_LAB_DRIVER=light" in caught.value.hint
