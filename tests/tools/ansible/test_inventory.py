import pytest

from infraops.errors import InfraOpsError
from infraops.models.plans.contract import Host
from infraops.tools.ansible.inventory import inventory_document


def data(text: str) -> dict[str, str]:
    return {"__ansible_unsafe": text}


def test_groups_hosts_and_how_to_reach_them() -> None:
    web = Host("web-01", "198.18.0.10", 2222, "ops", ("web", "edge"), {"zone": "a"}, private_key_file="/keys/id")
    own = Host("here", "127.0.0.1", groups=("edge",), connection="local")

    document = inventory_document([web, own])

    assert document["all"] == {"hosts": ["web-01", "here"], "vars": {}}
    assert document["web"] == {"hosts": ["web-01"]}
    assert document["edge"] == {"hosts": ["web-01", "here"]}
    assert document["_meta"]["hostvars"]["web-01"] == {
        "zone": data("a"),
        "ansible_host": data("198.18.0.10"),
        "ansible_connection": data("ssh"),
        "ansible_port": 2222,
        "ansible_user": data("ops"),
        "ansible_ssh_private_key_file": data("/keys/id"),
    }
    assert document["_meta"]["hostvars"]["here"]["ansible_connection"] == data("local")
    assert "ansible_user" not in document["_meta"]["hostvars"]["here"]


def test_the_contract_says_how_a_host_is_reached_whatever_its_variables_say() -> None:
    host = Host("a", "198.18.0.10", vars={"ansible_host": "198.51.100.1"})

    assert inventory_document([host])["_meta"]["hostvars"]["a"]["ansible_host"] == data("198.18.0.10")


def test_variables_are_data_and_secrets_are_lookups() -> None:
    document = inventory_document([Host("a", "198.18.0.10")], variables={"title": "{{ 1 }}"}, secrets=["token"])

    assert document["all"]["vars"] == {
        "title": data("{{ 1 }}"),
        "token": "{{ lookup('ansible.builtin.env', 'INFRAOPS_SECRET_TOKEN') }}",
    }


@pytest.mark.parametrize(
    "host",
    [
        Host("a:b", "198.18.0.10"),
        Host("a[1:9]", "198.18.0.10"),
        Host("-a", "198.18.0.10"),
        Host("a\nb", "198.18.0.10"),
        Host("a", "198.18.0.10", groups=("web:&db",)),
        Host("a", "-oProxyCommand=id"),
        Host("a", "198.18.0.10", user="-oProxyCommand=id"),
        Host("a", "198.18.0.10\n*", user="ops"),
        Host("a", "198.18.0.10", vars={"no-identifier": 1}),
        Host("a", "198.18.0.10", vars={"v": {"__ansible_vault": "x"}}),
    ],
)
def test_names_that_mean_something_else_are_refused(host: Host) -> None:
    with pytest.raises(InfraOpsError):
        inventory_document([host])
