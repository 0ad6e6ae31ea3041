"""Addresses of resources: what is one, and that nothing else becomes code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infraops.models.plans.address import Address, Step, parse_address
from infraops.render.hcl import reference

GOOD = {
    "lab_host.host": Address((), "lab_host", Step("host")),
    'lab_host.host["app-01"]': Address((), "lab_host", Step("host", "app-01")),
    "lab_host.host[0]": Address((), "lab_host", Step("host", 0)),
    'module.pool["a.b"].lab_host.host[3]': Address((Step("pool", "a.b"),), "lab_host", Step("host", 3)),
    "module.pool.module.inner": Address((Step("pool"), Step("inner"))),
}
BAD = (
    "", ".", "lab_host", "lab_host.", ".lab_host.host", "lab_host.host.x", "lab_host.host[]", "lab_host.host[-1]",
    "lab_host.host[each.key]", "lab_host.host['a']", 'lab_host["a"].host', "data.lab_host.host", "module",
    "lab_host.host }", "lab_host.host\n", 'lab_host.host["a]', "lab_host..host", "lab host.x",
    'lab_host.host["a"]x', "lab_hosthost", "module.pool.data.x.y",
)  # fmt: skip


@pytest.mark.parametrize("text", GOOD)
def test_an_address_is_taken_apart_and_written_again(text: str) -> None:
    address = parse_address(text)
    assert address == GOOD[text]
    assert reference(address) == f"module.service.{text}"
    assert address.has_keys is ("[" in text)


@pytest.mark.parametrize("text", BAD)
def test_what_is_none_is_refused(text: str) -> None:
    assert parse_address(text) is None


def test_a_key_never_becomes_a_template() -> None:
    address = parse_address('a_b.c["${file(\\"/etc/passwd\\")}%{ if true }"]')
    assert address is not None
    assert reference(address) == 'module.service.a_b.c["$${file(\\"/etc/passwd\\")}%%{ if true }"]'


@given(st.text(alphabet='ab_.["]0 \\$%{}', max_size=20))
def test_a_key_means_the_same_when_it_is_written_again(key: str) -> None:
    written = str(reference(Address((), "a_b", Step("c", key))))
    back = parse_address(written.removeprefix("module.service.").replace("$${", "${").replace("%%{", "%{"))
    assert back is not None
    assert back.resource.key == key
