"""What a sound control repo becomes."""

import pickle
from pathlib import Path

import pytest

from infraops.controlrepo.files.find import find_root
from infraops.controlrepo.load import load
from infraops.errors import Place, UsageError
from infraops.models.stacks.stack import InputReference, SecretReference
from tests.controlrepo.trees import ENVIRONMENT, OUTPUTS, TEMPLATE, VARIABLES, blueprint, load_tree, mistakes_in

SHOP = "blueprints/shop.yaml"
LAB = "inventories/lab/environment.yaml"
LAB_FILE = ENVIRONMENT.format(name="lab", platform="lab")
DB = {"blueprints/db.yaml": blueprint(name="db")}


def test_a_small_repo_becomes_a_stack(tmp_path: Path) -> None:
    repo = load_tree(tmp_path)
    assert list(repo.stacks) == ["lab/shop"]
    stack = repo.stacks["lab/shop"]
    assert stack.parameters == {"hosts": 1, "size": "small", "port": 80}
    assert (stack.place, stack.owner, stack.module.directory.name) == (Place(SHOP, 5), "team-shop", "lab")
    assert list(repo.environments) == ["lab", "prod"]
    assert list(repo.catalog) == ["web@1.0"]
    assert repo.catalog["web@1.0"].built_in
    assert stack.module.required == {"stack", "hosts", "size", "port"}
    assert stack.playbook is None


def test_a_repo_can_travel_to_another_process(tmp_path: Path) -> None:
    repo = load_tree(tmp_path)
    assert pickle.loads(pickle.dumps(repo)) == repo


def test_values_come_from_default_variable_parameter_and_override_in_this_order(tmp_path: Path) -> None:
    repo = load_tree(
        tmp_path,
        {
            LAB: LAB_FILE + "variables: {size: large, hosts: 7, port: 8080, other: 1}\n",
            SHOP: blueprint("parameters: {hosts: 3, port: 81}\n", environments="{lab: {port: 82}, prod: {}}"),
        },
    )
    assert repo.stacks["lab/shop"].parameters == {"hosts": 3, "size": "large", "port": 82}
    assert repo.stacks["prod/shop"].parameters == {"hosts": 3, "size": "small", "port": 81}


def test_sensitive_parameters_are_references_and_nothing_else(tmp_path: Path) -> None:
    repo = load_tree(tmp_path, {SHOP: blueprint("parameters: {token: 'file:keys/a b.txt'}\n")})
    stack = repo.stacks["lab/shop"]
    assert stack.secrets == {"token": SecretReference("file", "keys/a b.txt")}
    assert "token" not in stack.parameters


def test_inputs_name_stacks_of_the_same_environment(tmp_path: Path) -> None:
    changes = {
        SHOP: blueprint("inputs: {address: db.url}\ndepends_on: [cache]\n", environments="{lab: {}, prod: {}}"),
        "blueprints/db.yaml": blueprint(name="db", environments="{lab: {}, prod: {}}"),
        "blueprints/deep/er/cache.yml": blueprint(name="cache", environments="{lab: {}, prod: {}}"),
    }
    stack = load_tree(tmp_path, changes).stacks["prod/shop"]
    assert stack.inputs == {"address": InputReference("prod/db", "url", "http://198.51.100.1")}
    assert stack.depends_on == ("prod/cache", "prod/db")


def test_an_input_takes_the_place_of_a_default_and_fills_a_required_parameter(tmp_path: Path) -> None:
    template = TEMPLATE.replace("address: {type: string,", "address: {type: string, required: true,").replace(
        "outputs:\n", "outputs:\n  count: {type: integer, stand_in: 2}\n"
    )
    main = VARIABLES + OUTPUTS + 'output "count" { value = 1 }\n'
    changes = {
        "built-in/web/template.yaml": template,
        "built-in/web/terraform/lab/main.tf": main,
        "built-in/web/terraform/aws/main.tf": main,
        SHOP: blueprint("inputs: {address: db.url, hosts: db.count}\n"),
        "blueprints/db.yaml": blueprint("parameters: {address: here}\n", name="db"),
    }
    stack = load_tree(tmp_path, changes).stacks["lab/shop"]
    assert "hosts" not in stack.parameters
    assert set(stack.inputs) == {"address", "hosts"}
    missing = mistakes_in(tmp_path, {**changes, SHOP: blueprint("inputs: {hosts: db.count}\n")})
    assert missing == [f'{SHOP}:1: the parameter "address" of template web@1.0 is missing; add address: …']


def test_a_parameter_missing_in_one_environment_only_is_said_so(tmp_path: Path) -> None:
    template = TEMPLATE.replace("address: {type: string,", "address: {type: string, required: true,")
    shop = blueprint(environments="{lab: {address: x}, prod: {}}")
    found = mistakes_in(tmp_path, {"built-in/web/template.yaml": template, SHOP: shop})
    assert found == [f'{SHOP}:5: the parameter "address" of template web@1.0 is missing in prod; add address: …']


def test_a_module_variable_may_be_fed_by_a_variable_or_an_input(tmp_path: Path) -> None:
    module = VARIABLES + OUTPUTS + 'variable "vpc" { type = string }\nvariable "zone" {}\n'
    fed = load_tree(
        tmp_path,
        {
            "built-in/web/terraform/lab/main.tf": module,
            LAB: LAB_FILE + "variables: {zone: a, vpc: b}\n",
            SHOP: blueprint("inputs: {vpc: db.url}\n"),
            **DB,
        },
    )
    assert set(fed.stacks["lab/shop"].inputs) == {"vpc"}


def test_an_environment_may_pin_another_version_of_the_template(tmp_path: Path) -> None:
    newer = TEMPLATE.replace('"1.0"', '"1.1"').replace("  network:", "  zone: {type: string, used_by: []}\n  network:")
    catalog = {
        "catalog/web-1.1/template.yaml": newer,
        "catalog/web-1.1/playbook.yml": "",
        "catalog/web-1.1/terraform/lab/main.tf": VARIABLES + OUTPUTS,
        "catalog/web-1.1/terraform/aws/main.tf": VARIABLES + OUTPUTS,
    }
    environments = "{lab: {template: web@1.1, zone: a}, prod: {}}"
    repo = load_tree(tmp_path, {**catalog, SHOP: blueprint(environments=environments)})
    assert repo.stacks["lab/shop"].template.reference == "web@1.1"
    assert not repo.stacks["lab/shop"].template.built_in
    assert repo.stacks["lab/shop"].parameters == {"hosts": 1, "size": "small", "port": 80, "zone": "a"}
    assert repo.stacks["prod/shop"].template.reference == "web@1.0"
    found = mistakes_in(tmp_path, {**catalog, SHOP: blueprint("parameters: {zone: a}\n", environments=environments)})
    assert found == [
        f'{SHOP}:6: unknown parameter "zone" of template web@1.0; '
        "known here: address, hosts, network, port, size, token"
    ]


def test_a_playbook_parameter_becomes_the_stacks_playbook(tmp_path: Path) -> None:
    template = TEMPLATE.replace("  network:", "  play: {type: playbook}\n  network:")
    changes = {
        "built-in/web/template.yaml": template,
        "playbooks/site.yml": "- hosts: all\n",
        SHOP: blueprint("parameters: {play: playbooks/site.yml}\n"),
    }
    stack = load_tree(tmp_path, changes).stacks["lab/shop"]
    assert stack.playbook == "playbooks/site.yml"
    assert "play" not in stack.parameters


def test_machines_of_an_environment_are_reached_from_the_stack(tmp_path: Path) -> None:
    machines = "hosts: {shop: {web-1.example.org: {address: 10.0.0.1, user: deploy, vars: {rack: 4}}}}\n"
    repo = load_tree(
        tmp_path,
        {
            LAB: ENVIRONMENT.format(name="lab", platform="static") + machines,
            "built-in/web/terraform/static/main.tf": OUTPUTS + 'variable "machines" {}\nvariable "port" {}\n',
        },
    )
    stack = repo.stacks["lab/shop"]
    assert stack.environment.file.hosts["shop"]["web-1.example.org"].address == "10.0.0.1"
    assert "machines" in stack.module.variables


def test_a_value_that_nothing_is_made_of_is_refused(tmp_path: Path) -> None:
    static = {
        LAB: ENVIRONMENT.format(name="lab", platform="static"),
        "built-in/web/terraform/static/main.tf": OUTPUTS + 'variable "port" {}\n',
    }
    both = blueprint("parameters: {hosts: 3}\n", environments="{lab: {}, prod: {}}")
    assert mistakes_in(tmp_path, {**static, SHOP: both}) == []
    alone = blueprint("parameters: {hosts: 3}\n")
    assert mistakes_in(tmp_path, {**static, SHOP: alone}) == [
        f"{SHOP}:6: parameters.hosts: the parameter has no effect on platform static; remove it"
    ]
    override = blueprint(environments="{lab: {hosts: 3}, prod: {hosts: 3}}")
    assert mistakes_in(tmp_path, {**static, SHOP: override}) == [
        f"{SHOP}:5: environments.lab.hosts: the parameter has no effect on platform static; remove it"
    ]


def test_a_local_safe_template_runs_on_platform_local(tmp_path: Path) -> None:
    repo = load_tree(
        tmp_path,
        {
            LAB: ENVIRONMENT.format(name="lab", platform="local"),
            "built-in/web/template.yaml": TEMPLATE + "local_safe: true\n",
            "built-in/web/terraform/local/main.tf": VARIABLES + OUTPUTS,
        },
    )
    assert repo.stacks["lab/shop"].module.directory.name == "local"


def test_an_empty_repo_is_a_repo(tmp_path: Path) -> None:
    (tmp_path / "infraops.yaml").write_text("schema: infraops/v1\n")
    (tmp_path / "built-in").mkdir()
    assert load(tmp_path, built_in=tmp_path / "built-in").stacks == {}


def test_files_that_are_no_blueprints_are_left_alone(tmp_path: Path) -> None:
    changes: dict[str, str | bytes] = {
        "blueprints/README.md": "# hello",
        "blueprints/.hidden.yaml": b"\xff",
        "blueprints/.git/x.yaml": "- 1",
        "inventories/README.md": "x",
        "inventories/group_vars/all.yml": "a: 1",
        "catalog/README.md": "x",
    }
    assert mistakes_in(tmp_path, changes) == []


def test_the_root_is_the_nearest_directory_with_settings(tmp_path: Path) -> None:
    root = tmp_path / "repo"
    deep = root / "blueprints" / "team"
    deep.mkdir(parents=True)
    (root / "infraops.yaml").touch()
    assert find_root(deep) == find_root(root) == root.resolve()
    (tmp_path / "link").symlink_to(deep)
    assert find_root(tmp_path / "link") == root.resolve()


def test_a_directory_without_settings_above_is_no_control_repo(tmp_path: Path) -> None:
    (tmp_path / "infraops.yaml").mkdir()
    with pytest.raises(UsageError) as caught:
        find_root(tmp_path)
    assert "there is no infraops.yaml" in caught.value.problem
    assert "infraops init" in caught.value.hint


def test_broken_files_do_not_make_others_look_broken(tmp_path: Path) -> None:
    found = mistakes_in(
        tmp_path,
        {
            SHOP: blueprint("inputs: {address: db.url}\ndepends_on: [cache]\n"),
            "blueprints/db.yaml": blueprint("nonsense: 1\n", name="db"),
            "blueprints/cache.yaml": "a: [",
            "inventories/prod/environment.yaml": "schema: infraops/v1\nname: prod\n",
            "blueprints/other.yaml": blueprint(name="other", environments="{prod: {}}"),
            "infraops.yaml": "schema: infraops/v1\ndefaults: {environment: prod}\n",
        },
    )
    assert [line.partition(";")[0] for line in found] == [
        "blueprints/cache.yaml:1: a [ or { is not closed",
        'blueprints/db.yaml:6: unknown key "nonsense"',
        'inventories/prod/environment.yaml:1: the key "platform" is missing',
    ]


def test_mistakes_are_sorted_and_shown_once(tmp_path: Path) -> None:
    found = mistakes_in(
        tmp_path,
        {
            SHOP: blueprint("depends_on: [a, a, b]\n", environments="{lab: {hosts: 0}, prod: {hosts: 0}}"),
            "blueprints/a b.yaml": "",
            "infraops.yaml": "",
        },
    )
    assert len(found) == len(set(found)) == 6
    assert found[0].startswith("blueprints/a b.yaml")
    assert found[-1].startswith("infraops.yaml")


def test_a_blueprint_with_a_wrong_key_is_checked_against_other_files_all_the_same(tmp_path: Path) -> None:
    shop = blueprint("color: red\nparameters: {hosts: 99}\n", owner="", environments="{lab: {}, stage: {port: x}}")
    assert [line.partition(";")[0] for line in mistakes_in(tmp_path, {SHOP: shop})] == [
        f'{SHOP}:1: the key "owner" is missing',
        f'{SHOP}:4: environments.stage.port: expected an integer, found "x"',
        f'{SHOP}:4: there is no environment "stage"',
        f'{SHOP}:5: unknown key "color"',
        f"{SHOP}:6: parameters.hosts: expected at most 10, found 99",
    ]


def test_no_mistake_is_guessed_from_what_may_be_a_misspelt_key(tmp_path: Path) -> None:
    template = TEMPLATE.replace("address: {type: string,", "address: {type: string, required: true,")
    found = mistakes_in(
        tmp_path, {"built-in/web/template.yaml": template, SHOP: blueprint("paramters: {address: x}\n")}
    )
    assert found == [f'{SHOP}:6: unknown key "paramters"; did you mean "parameters"?']


def test_an_environment_with_a_wrong_key_still_has_its_stacks_checked(tmp_path: Path) -> None:
    found = mistakes_in(tmp_path, {LAB: LAB_FILE + "colour: red\n", SHOP: blueprint("inputs: {address: db.url}\n")})
    assert [line.partition(";")[0] for line in found] == [
        f'{SHOP}:6: there is no blueprint "db"',
        f'{LAB}:4: unknown key "colour"',
    ]


def test_variables_cannot_replace_what_infraops_hands_over_itself(tmp_path: Path) -> None:
    found = mistakes_in(tmp_path, {LAB: LAB_FILE + "variables: {stack: other}\n"})
    assert found == [
        f"{LAB}:4: variables.stack: infraops itself hands this to every module; give the variable another name"
    ]


def test_nothing_in_a_message_acts_on_the_terminal(tmp_path: Path) -> None:
    shop = blueprint('"\\e[2J\\u202ekey": 1\n', owner='"\\e[31m"', template='"\\e[31m"')
    found = mistakes_in(tmp_path, {SHOP: shop, "blueprints/\x1b[2J\nx.yaml": "1"})
    assert len(found) == 3
    assert all(line.isprintable() for line in found)
    assert any("\\x1b[2J\\u202ekey" in line for line in found)
    assert any(line.startswith("blueprints/\\x1b[2J\\nx.yaml:1: ") for line in found)
