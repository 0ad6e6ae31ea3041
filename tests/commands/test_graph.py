"""`infraops graph`: what the control repo declares, as levels and edges."""

import json
from pathlib import Path
from typing import Any

import pytest

from infraops.cli import run
from infraops.commands.graph import graph_among
from infraops.models.reports.graph import StackGraph
from tests.commands.estate import blueprint, make_estate

ESTATE = {
    "network": blueprint("network"),
    "db": blueprint("db", inputs="{value: network.id}"),
    "queue": blueprint("queue", depends_on="[network]"),
    "web": blueprint("web", inputs="{value: db.id, follows: db.id}", depends_on="[db, queue]"),
    "alone": blueprint("alone"),
}


@pytest.fixture
def estate(tmp_path: Path) -> Path:
    return make_estate(tmp_path, ESTATE)


def graph(estate: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run(["graph", *words, "--json", "--chdir", str(estate)]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["schema"] == "infraops/graph/v1"
    return document


def levels(document: dict[str, Any]) -> dict[str, int]:
    return {node["stack"].removeprefix("local/"): node["level"] for node in document["nodes"]}


def test_levels_are_the_order_of_work(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = graph(estate, capsys)
    assert levels(document) == {"alone": 1, "network": 1, "db": 2, "queue": 2, "web": 3}
    assert list(levels(document)) == ["alone", "network", "db", "queue", "web"]


def test_edges_say_what_is_handed_on(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def handed(name: str) -> dict[str, Any]:
        return {"output": "id", "input": name, "sensitive": False}

    found = {(edge["producer"], edge["consumer"]): edge for edge in graph(estate, capsys)["edges"]}
    assert {ends: (edge["kind"], edge["hands"]) for ends, edge in found.items()} == {
        ("local/network", "local/db"): ("data", [handed("value")]),
        ("local/network", "local/queue"): ("order", []),
        ("local/db", "local/web"): ("data", [handed("follows"), handed("value")]),
        ("local/queue", "local/web"): ("order", []),
    }


def test_a_choice_names_what_it_leaves_out(estate: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = graph(estate, capsys, "db")
    assert levels(document) == {"db": 1}
    assert [edge["producer"] for edge in document["edges"]] == ["local/network"]
    assert document["needed_outside"] == ["local/network"]
    assert document["dependents_outside"] == ["local/web"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("db", "--with-dependencies"), {"network", "db"}),
        (("db", "--with-dependents"), {"db", "web"}),
        (("network", "--with-dependents"), {"network", "db", "queue", "web"}),
        (("--owner", "team-trial", "a*"), {"alone"}),
    ],
)
def test_stacks_are_chosen_as_everywhere(
    estate: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], names: set[str]
) -> None:
    assert levels(graph(estate, capsys, *words)).keys() == names


def test_json_wins_over_a_format_that_was_set(
    estate: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFRAOPS_GRAPH_FORMAT", "dot")
    assert run(["graph", "--chdir", str(estate)]) == 0
    assert capsys.readouterr().out.startswith('digraph "local" {')
    assert graph(estate, capsys)["environment"] == "local"


def test_a_choice_may_come_to_nothing() -> None:
    assert graph_among("local", (), ()) == StackGraph("local", (), ())
