from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.errors import InfraOpsError
from infraops.lab import network
from infraops.lab.network import PREFIX, RANGE, Network, choose

SUBNETS = tuple(RANGE.subnets(new_prefix=PREFIX))


@given(key=st.text(max_size=8), taken=st.sets(st.sampled_from(SUBNETS), max_size=len(SUBNETS) - 1))
def test_choice_avoids_what_is_taken(key: str, taken: set[IPv4Network]) -> None:
    chosen = choose(key, taken)
    assert chosen in SUBNETS
    assert chosen not in taken


def test_wider_and_narrower_routes_block_too() -> None:
    half, other = RANGE.subnets(new_prefix=16)
    assert choose("key", [half]).subnet_of(other)
    single = IPv4Network(f"{choose('key', [])[7]}/32")
    assert not single.subnet_of(choose("key", [single]))


def test_full_range_says_so() -> None:
    with pytest.raises(InfraOpsError, match="in use"):
        choose("key", [RANGE])


def test_names_fit_the_kernel() -> None:
    net = Network("iol-0a1b2c", SUBNETS[3])
    assert len(net.port(1022)) <= 15
    assert net.address(2) == "198.18.12.2"
    assert replace(net, bridge="iol-ffffff").port(2) != net.port(2)


def test_damaged_choice_reads_as_none(tmp_path: Path) -> None:
    file = tmp_path / "network.json"
    file.write_text("{")
    assert network._read(file) is None
