"""In a narrow window nothing that is pasted elsewhere is cut: columns go, or stand below."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from infraops.lab.hosts import Host as LabHost
from infraops.lab.inspect import HostStatus
from infraops.models.ledger.answers import RunRecord
from infraops.models.ledger.entries import Entry
from infraops.models.ledger.runs import GitState
from infraops.models.ledger.stations import StationEnded
from infraops.models.plans.contract import Host, Outputs
from infraops.models.reports.answers import Remembered, Standing
from infraops.models.runs.run import Outcome
from infraops.views.console import Streams
from infraops.views.machine import show_lab
from infraops.views.record import show_history, show_run_entries
from infraops.views.standing import show_status

URLS = {"web": "http://198.18.12.14:8080", "admin": "https://198.18.12.14:8443"}
OUTPUTS = Outputs(hosts=(Host("storefront-app-01", "198.18.12.11"),), endpoints=URLS)
AT = datetime(2026, 11, 21, 22, 52, tzinfo=UTC)
STANDINGS = (
    Standing(
        "production/storefront", "web-service@1.0", "us", (), True, OUTPUTS, last_outcome="verify done", last_at=AT
    ),
    Standing("production/shop-db", "database@1.0", "us", (), False, Outputs()),
)
RUN = "20261121-225236-61b5"
RECORD = RunRecord(
    RUN, "apply", AT, AT, Outcome.INTERRUPTED, 130, {"a": None}, {}, 185.0, "", GitState("0123456789ab"), {}, "someone",
    "h", 1, 1,
)  # fmt: skip


def streams(width: int) -> Streams:
    return Streams(Console(file=StringIO(), width=width, highlight=False, markup=False), Console(file=StringIO()))


def lines(shown: Streams) -> list[str]:
    file = shown.out.file
    assert isinstance(file, StringIO)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 60, 80, 100, 200])
def test_status_keeps_names_addresses_and_endpoints_whole(width: int) -> None:
    shown = streams(width)
    show_status(STANDINGS, shown, hosts=True)
    words = " ".join(lines(shown)).split()
    assert {"production/storefront", "production/shop-db", "storefront-app-01", "198.18.12.11"} <= set(words)
    assert set(URLS.values()) <= set(words)
    assert len(lines(shown)) <= 6, "an endpoint may have a line of its own, no more"
    if width >= 60:
        assert max(map(len, lines(shown))) <= width


def test_status_tells_all_in_one_line_where_there_is_room() -> None:
    shown = streams(140)
    show_status(STANDINGS, shown, hosts=False)
    title, first, second = lines(shown)
    assert title.split() == ["stack", "template", "hosts", "last", "when", "endpoints"]
    assert first.endswith(" ".join(URLS.values()))
    assert title.index("endpoints") == first.index("http:")
    assert second.split() == ["production/shop-db", "database@1.0", "not", "applied"]


def test_status_gives_up_the_template_first() -> None:
    shown = streams(70)
    show_status(STANDINGS, shown, hosts=False)
    assert lines(shown)[0].split() == ["stack", "hosts", "last", "when"]
    assert lines(shown)[2] == "    http://198.18.12.14:8080"


@pytest.mark.parametrize("width", [40, 60, 80])
def test_ids_of_runs_can_be_pasted(width: int) -> None:
    shown = streams(width)
    show_history([Remembered(RECORD, "interrupted")], shown)
    title, line = lines(shown)
    assert line.split()[:3] == [RUN, "apply", "interrupted"]
    assert len(line) <= max(width, 42)
    assert ("by" in title.split()) is (width >= 80)


def test_a_long_summary_is_broken_between_words() -> None:
    summary = "2 of 3 checks failed: the front page does not answer"
    payload = StationEnded("verify", Outcome.FAILED, 61.0, summary=summary)
    entry = Entry(1, AT, "station_ended", RUN, "production/storefront", payload, "", "")
    for width in (50, 80, 100):
        shown = streams(width)
        show_run_entries(Remembered(RECORD, "failed"), [entry], shown)
        text = "\n".join(lines(shown))
        assert "production/storefront" in text
        assert summary in " ".join(text.split()).replace(" 1m01s", "")
        assert max(map(len, lines(shown)[1:])) <= width


def test_a_path_in_a_summary_is_not_broken() -> None:
    path = "/home/someone/.local/state/infraops/checkout-0123abcd/terraform/lab/storefront.tfstate"
    payload = StationEnded("plan", Outcome.FAILED, 1.0, summary=f"the state {path} cannot be read")
    shown = streams(60)
    entry = Entry(1, AT, "station_ended", RUN, "lab/storefront", payload, "", "")
    show_run_entries(Remembered(RECORD, "failed"), [entry], shown)
    assert f"    {path}" in lines(shown)


def test_the_directory_of_a_lab_host_is_not_split() -> None:
    made_by = "/home/someone/infrastructure/demo/.infraops/stacks/lab/storefront"
    host = LabHost("lab-storefront-app-01", "a", "198.18.0.2", "", Path("k"), "i", True, "nspawn", made_by=made_by)
    shown = streams(80)
    show_lab([HostStatus(host, 61.0)], shown)
    assert lines(shown)[1:] == ["lab-storefront-app-01  198.18.0.2  1m01s  nspawn", f"    {made_by}"]
