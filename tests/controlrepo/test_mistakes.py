# ruff: noqa: E501 - messages stand here as the user reads them
"""Whole control repos with mistakes in them, and every word that the user reads."""

from pathlib import Path

import pytest

from tests.controlrepo.trees import ENVIRONMENT, OUTPUTS, TEMPLATE, VARIABLES, blueprint, mistakes_in

LAB = "inventories/lab/environment.yaml"
SHOP = "blueprints/shop.yaml"
WEB = "built-in/web/template.yaml"

CASES = [
    pytest.param(
        {SHOP: blueprint("parameters:\n  port: 0777\n  address: 0x\n  hosts: 1_0\n")},
        [
            "blueprints/shop.yaml:7: the number starts with a zero, which some read as octal; put it in quotes if it is text, or take the zero away",
            'blueprints/shop.yaml:9: parameters.hosts: expected an integer, found "1_0"',
        ],
        id="a number that two people read in two ways is one mistake",
    ),
    pytest.param(
        {SHOP: blueprint("parameters:\n  address: {{ x }}\n")},
        ["blueprints/shop.yaml:7: a key must be text, found a mapping; a value that begins with {{ needs quotes"],
        id="braces",
    ),
    pytest.param(
        {SHOP: blueprint("parameters:\n  address: {{ x }} and more\n")},
        ["blueprints/shop.yaml:7: a key must be text, found a mapping; a value that begins with {{ needs quotes"],
        id="braces and more",
    ),
    pytest.param(
        {SHOP: blueprint("parameters:\n  address: {{ x['a'] }}\n")},
        [
            "blueprints/shop.yaml:7: {{ starts a mapping in a mapping here, and it does not hold together; a value that begins with {{ needs quotes"
        ],
        id="braces that do not hold together",
    ),
    pytest.param(
        {SHOP: blueprint("environments:\n  - lab\n", environments="")},
        ["blueprints/shop.yaml:5: environments: expected a mapping, found a list; write lab: {}, without the hyphen"],
        id="a list of environments",
    ),
    pytest.param(
        {SHOP: blueprint(template="wep")},
        [
            'blueprints/shop.yaml:3: template: expected a template with its version, such as web-service@1.0, found "wep"; write web@1.0'
        ],
        id="a template that nobody knows, without its version",
    ),
    pytest.param(
        {WEB: TEMPLATE.replace("min: 1,", "min: {b: 1},")},
        ["built-in/web/template.yaml:6: parameters.hosts.min: expected a number, found a mapping"],
        id="mapping where a union is expected",
    ),
    pytest.param(
        {WEB: TEMPLATE + "checks: [{type: http, name: a}, {type: command, name: b, command: []}]\n"},
        [
            "built-in/web/template.yaml:16: checks[1].command: expected at least 1 entry, found none",
            'built-in/web/template.yaml:16: the key "checks[0].endpoint" is missing; add it',
        ],
        id="missing in a union",
    ),
    pytest.param(
        {SHOP: blueprint("enviroment: {}\n")},
        ['blueprints/shop.yaml:6: unknown key "enviroment"; did you mean "environments"?'],
        id="unknown key",
    ),
    pytest.param(
        {SHOP: blueprint("moved_from: shop\n")},
        ['blueprints/shop.yaml:6: moved_from: "shop" is the blueprint\'s own name; name the one it had before'],
        id="renamed from itself",
    ),
    pytest.param(
        {SHOP: blueprint("moved_from: web\n"), "blueprints/web.yaml": blueprint(name="web")},
        [
            'blueprints/shop.yaml:6: moved_from: the blueprint "web" still exists, in blueprints/web.yaml; take that file away, or take moved_from out'
        ],
        id="renamed from one that is there",
    ),
    pytest.param(
        {
            SHOP: blueprint("moved_from: gone\n"),
            "blueprints/web.yaml": blueprint("moved_from: gone\ndepends_on: [gone]\n", name="web"),
        },
        [
            'blueprints/web.yaml:6: moved_from: blueprints/shop.yaml:6 is moved from "gone" too; only one blueprint can take over its states',
            'blueprints/web.yaml:7: the blueprint "gone" was renamed to "shop"; write shop',
        ],
        id="two that are renamed from the same, and one that names it",
    ),
    pytest.param(
        {
            SHOP: blueprint("moved_from: gone\n"),
            "blueprints/web.yaml": blueprint("inputs:\n  address: gone.url\n", name="web"),
        },
        ['blueprints/web.yaml:7: the blueprint "gone" was renamed to "shop"; write shop'],
        id="an input of one that was renamed",
    ),
    pytest.param(
        {
            SHOP: blueprint("moved_from: gone\n"),
            LAB: ENVIRONMENT.format(name="lab", platform="lab") + "state: {backend: pg}\n",
        },
        [
            "blueprints/shop.yaml:6: moved_from: the state of lab/shop is kept by backend pg, where infraops does not move it; move the state of lab/gone by hand, see docs/refactoring.md"
        ],
        id="renamed, and its state is elsewhere",
    ),
    pytest.param(
        {SHOP: blueprint("adopt:\n  lab:\n    - {to: a_b.c, id: ''}\n    - {to: a_b.d, id: 12}\n")},
        [
            "blueprints/shop.yaml:8: adopt.lab[0].id: must not be empty",
            'blueprints/shop.yaml:9: adopt.lab[1].id: expected text, found 12; put it in quotes: "12"',
        ],
        id="adopted by no id",
    ),
    pytest.param(
        {
            "built-in/web/terraform/lab/main.tf": VARIABLES
            + OUTPUTS
            + 'resource "lab_host" "host" {}\nmodule "pool" { source = "./pool" }\n',
            SHOP: blueprint(
                "adopt:\n"
                "  lab:\n"
                "    - {to: lab_host.hots, id: a}\n"
                "    - {to: 'lab_host.host[\"a\"]', id: a}\n"
                "    - {to: 'lab_host.host[\"a\"]', id: b}\n"
                "    - {to: 'lab_host.host}\\nresource {', id: a}\n"
                "    - {to: module.service.lab_host.host, id: a}\n"
                "    - {to: module.pool, id: a}\n"
                "    - {to: module.pol.x.y, id: a}\n"
                "    - {to: module.pool.lab_host.host, id: a}\n"
                "    - {to: data.lab_host.host, id: a}\n"
                "  labb: []\n"
            ),
        },
        [
            'blueprints/shop.yaml:8: adopt: the module of web@1.0 for lab declares no lab_host.hots; did you mean "lab_host.host"?',
            'blueprints/shop.yaml:10: adopt: lab_host.host["a"] is taken over at blueprints/shop.yaml:9 already; remove one of the two',
            'blueprints/shop.yaml:11: "lab_host.host}\\nresource {" is no address of a resource; write it like lab_host.host["host-01"]: type, name, and the key of one of several',
            'blueprints/shop.yaml:12: "module.service.lab_host.host" is the address as plans show it, and the one inside the module is meant; write lab_host.host',
            'blueprints/shop.yaml:13: adopt: module.pool is a module, and not a resource in it; write it like lab_host.host["host-01"]: type, name, and the key of one of several',
            'blueprints/shop.yaml:14: adopt: the module of web@1.0 for lab declares no module.pol.x.y; did you mean "pool"?',
            'blueprints/shop.yaml:16: "data.lab_host.host" is no address of a resource; write it like lab_host.host["host-01"]: type, name, and the key of one of several',
            'blueprints/shop.yaml:17: adopt: the blueprint is not deployed in environment "labb"; did you mean "lab"?',
        ],
        id="adopted at no address",
    ),
    pytest.param(
        {
            "built-in/web/terraform/lab/main.tf": VARIABLES + OUTPUTS + 'resource "lab_host" "host" {}\n',
            SHOP: blueprint(
                "forget:\n  - lab_host.host\n  - 'lab_host.old[\"a\"]'\n  - lab_host.gone\n  - lab_host.gone\n  - old\n"
            ),
        },
        [
            "blueprints/shop.yaml:7: forget: the module of web@1.0 still declares lab_host.host; take it out of the module, or pin a version of the template without it",
            'blueprints/shop.yaml:8: forget: lab_host.old["a"] names one of several, and Terraform forgets all or none; leave the key out; or see `terraform state rm` in docs/refactoring.md',
            "blueprints/shop.yaml:10: forget: lab_host.gone is there twice; remove one of the two",
            'blueprints/shop.yaml:11: "old" is no address of a resource; write it like lab_host.host["host-01"]: type, name, and the key of one of several',
        ],
        id="forgotten wrongly",
    ),
    pytest.param(
        {SHOP: blueprint(owner="", schema="")},
        [
            'blueprints/shop.yaml:1: the key "owner" is missing; add it',
            'blueprints/shop.yaml:1: the key "schema" is missing; add schema: infraops/v1',
        ],
        id="missing",
    ),
    pytest.param(
        {
            SHOP: blueprint(
                "tags: x\nbudget: {monthly_usd: lots}\nallow_destroy: yes\nsummary: 3\ndepends_on: {a: 1}\nparameters: []\n"
            )
        },
        [
            'blueprints/shop.yaml:6: tags: expected a list, found "x"; write [x]',
            'blueprints/shop.yaml:7: budget.monthly_usd: expected a number, found "lots"',
            'blueprints/shop.yaml:8: allow_destroy: expected true or false, found "yes"; write true; yes, no, on and off are text here',
            'blueprints/shop.yaml:9: summary: expected text, found 3; put it in quotes: "3"',
            "blueprints/shop.yaml:10: depends_on: expected a list, found a mapping",
            "blueprints/shop.yaml:11: parameters: expected a mapping, found a list",
        ],
        id="wrong types",
    ),
    pytest.param(
        {SHOP: blueprint("budget:\nsummary:\nparameters:\ntags:\n")},
        [
            "blueprints/shop.yaml:7: summary: expected text, found nothing; write a value, or remove the key",
            "blueprints/shop.yaml:8: parameters: expected a mapping, found nothing; write {} for an empty one, or remove the key",
            "blueprints/shop.yaml:9: tags: expected a list, found nothing; write a value, or remove the key",
        ],
        id="nulls",
    ),
    pytest.param(
        {SHOP: blueprint(environments="{lab: }")},
        [
            "blueprints/shop.yaml:5: environments.lab: expected a mapping, found nothing; write {} for an empty one, or remove the key"
        ],
        id="env null",
    ),
    pytest.param(
        {
            SHOP: blueprint(
                "depends_on: [Bad_Name]\ninputs: {1foo: a.b, x: nope}\n", name="Shop", environments="{Lab: {}}"
            )
        },
        [
            'blueprints/shop.yaml:2: name: expected a name in lower-case letters and digits, parted by single hyphens, starting with a letter, found "Shop"',
            'blueprints/shop.yaml:5: "Lab" cannot be used as a name here; expected a name in lower-case letters and digits, parted by single hyphens, starting with a letter',
            'blueprints/shop.yaml:6: depends_on[0]: expected a name in lower-case letters and digits, parted by single hyphens, starting with a letter, found "Bad_Name"',
            'blueprints/shop.yaml:7: "1foo" cannot be used as a name here; expected a name in letters, digits, underscores and hyphens, starting with a letter or underscore',
            'blueprints/shop.yaml:7: inputs.x: expected a blueprint and one of its outputs, such as network.subnet_ids, found "nope"',
        ],
        id="names",
    ),
    pytest.param(
        {SHOP: blueprint(name="x" * 50, environments="{}", owner='""')},
        [
            'blueprints/shop.yaml:2: name: expected at most 40 characters, found "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"',
            "blueprints/shop.yaml:4: owner: must not be empty",
            "blueprints/shop.yaml:5: environments: expected at least 1 entry, found none",
        ],
        id="long",
    ),
    pytest.param(
        {SHOP: blueprint(schema="infraops/v2")},
        ['blueprints/shop.yaml:1: schema: expected infraops/v1, found "infraops/v2"; write infraops/v1'],
        id="schema",
    ),
    pytest.param(
        {SHOP: blueprint(template="web")},
        [
            'blueprints/shop.yaml:3: template: expected a template with its version, such as web-service@1.0, found "web"; write web@1.0'
        ],
        id="template form",
    ),
    pytest.param(
        {SHOP: blueprint(template="web@2.0")},
        ["blueprints/shop.yaml:3: the template web has no version 2.0; there is web@1.0"],
        id="template ver",
    ),
    pytest.param(
        {SHOP: blueprint(template="wbe@1.0")},
        ['blueprints/shop.yaml:3: there is no template "wbe@1.0"; did you mean "web@1.0"?'],
        id="template name",
    ),
    pytest.param(
        {SHOP: blueprint(environments="{labb: {}, production: {}}")},
        [
            'blueprints/shop.yaml:5: there is no environment "labb"; did you mean "lab"?',
            'blueprints/shop.yaml:5: there is no environment "production"; known here: lab, prod',
        ],
        id="env",
    ),
    pytest.param(
        {
            SHOP: blueprint(
                'parameters: {hosts: "3", size: medium, port: 70000, network: 10.0.0.5/24, token: hunter2, hostz: 1, address: yes}\n'
            )
        },
        [
            'blueprints/shop.yaml:6: parameters.hosts: expected an integer, found "3"; remove the quotes',
            'blueprints/shop.yaml:6: parameters.network: "10.0.0.5/24" is an address inside a network; did you mean 10.0.0.0/24?',
            "blueprints/shop.yaml:6: parameters.port: expected at most 65535, found 70000",
            'blueprints/shop.yaml:6: parameters.size: expected one of small, large, found "medium"; write one of them',
            "blueprints/shop.yaml:6: parameters.token: this is sensitive and must be a reference, not the value itself; write env:NAME, file:path or generated:name",
            'blueprints/shop.yaml:6: unknown parameter "hostz" of template web@1.0; did you mean "hosts"?',
        ],
        id="params",
    ),
    pytest.param(
        {SHOP: blueprint('parameters: {hosts: three, size: 3, port: "80", network: foo, token: [1], address: 1.10}\n')},
        [
            'blueprints/shop.yaml:6: parameters.address: expected text, found 1.10; put it in quotes: "1.10"',
            'blueprints/shop.yaml:6: parameters.hosts: expected an integer, found "three"',
            'blueprints/shop.yaml:6: parameters.network: expected a network such as 10.0.0.0/24, found "foo"',
            'blueprints/shop.yaml:6: parameters.port: expected an integer, found "80"; remove the quotes',
            "blueprints/shop.yaml:6: parameters.size: expected one of small, large, found 3; write one of them",
            "blueprints/shop.yaml:6: parameters.token: this is sensitive and must be a reference, not the value itself; write env:NAME, file:path or generated:name",
        ],
        id="params2",
    ),
    pytest.param(
        {SHOP: blueprint('parameters: {hosts: 99, network: 10.0.0.1, token: "env:1X", port: 1.5, address: null}\n')},
        [
            "blueprints/shop.yaml:6: parameters.address: expected text, found nothing; write a value, or remove the key",
            "blueprints/shop.yaml:6: parameters.hosts: expected at most 10, found 99",
            'blueprints/shop.yaml:6: parameters.network: expected a network such as 10.0.0.0/24, found "10.0.0.1"; did you mean 10.0.0.1/32?',
            "blueprints/shop.yaml:6: parameters.port: expected an integer, found 1.5",
            "blueprints/shop.yaml:6: parameters.token: this is sensitive and must be a reference, not the value itself; write env:NAME, file:path or generated:name",
        ],
        id="params3",
    ),
    pytest.param(
        {SHOP: blueprint(environments="{lab: {hosts: 0, hostz: 1}, prod: {size: big}}")},
        [
            "blueprints/shop.yaml:5: environments.lab.hosts: expected at least 1, found 0",
            'blueprints/shop.yaml:5: environments.prod.size: expected one of small, large, found "big"; write one of them',
            'blueprints/shop.yaml:5: unknown parameter "hostz" of template web@1.0; did you mean "hosts"?',
        ],
        id="override",
    ),
    pytest.param(
        {SHOP: blueprint(environments="{lab: {template: web@1.1}, prod: {template: other@1.0}}")},
        [
            "blueprints/shop.yaml:5: an environment may pin another version of web, not the template other; write another blueprint for another template",
            "blueprints/shop.yaml:5: the template web has no version 1.1; there is web@1.0",
        ],
        id="env version",
    ),
    pytest.param(
        {
            LAB: "schema: infraops/v1\nname: labb\nplatform: Lab\nstate: {backend: s3, config: {a: [1]}}\nchange: {max_destroy: -1}\nvariables: {1a: 1}\nhosts: {shop: {web-1: {address: 'a b', port: 0, groups: [a-b]}}}\n"
        },
        [
            'inventories/lab/environment.yaml:3: platform: expected a name in lower-case letters and digits, parted by single hyphens, starting with a letter, found "Lab"',
            "inventories/lab/environment.yaml:5: change.max_destroy: expected at least 0, found -1",
            'inventories/lab/environment.yaml:6: "1a" cannot be used as a name here; expected a name in letters, digits, underscores and hyphens, starting with a letter or underscore',
            'inventories/lab/environment.yaml:7: hosts.shop.web-1.address: expected a host name or an IP address, found "a b"',
            'inventories/lab/environment.yaml:7: hosts.shop.web-1.groups[0]: expected a name in letters, digits and underscores, found "a-b"',
            "inventories/lab/environment.yaml:7: hosts.shop.web-1.port: expected at least 1, found 0",
        ],
        id="environment",
    ),
    pytest.param(
        {LAB: "schema: infraops/v1\nname: labb\nplatform: lab\n"},
        [
            'inventories/lab/environment.yaml:2: the environment is called "labb", but its directory "lab"; give both the same name'
        ],
        id="environment name",
    ),
    pytest.param(
        {
            "infraops.yaml": "schema: infraops/v1\nterraform: {program: terrafrom, version: 1.10}\ndefaults: {environment: labb, parallelism: 0}\n"
        },
        [
            'infraops.yaml:2: terraform.version: expected text, found 1.10; put it in quotes: "1.10"',
            "infraops.yaml:3: defaults.parallelism: expected at least 1, found 0",
        ],
        id="settings",
    ),
    pytest.param(
        {"infraops.yaml": "schema: infraops/v1\nterraform: {program: terrafrom}\ndefaults: {environment: labb}\n"},
        [
            'infraops.yaml:2: terraform.program: expected embedded, terraform, tofu or an absolute path, found "terrafrom"; did you mean "terraform"?',
            'infraops.yaml:3: defaults.environment: there is no environment "labb"; did you mean "lab"?',
        ],
        id="settings2",
    ),
    pytest.param(
        {
            WEB: TEMPLATE.replace("type: integer, default: 1", "type: integer, default: one").replace(
                'version: "1.0"', "version: 1.0"
            )
        },
        ['built-in/web/template.yaml:3: version: expected text, found 1.0; put it in quotes: "1.0"'],
        id="template",
    ),
    pytest.param(
        {
            WEB: TEMPLATE.replace("type: integer, default: 1", "type: integer, default: 11")
            + "checks: [{type: htp, name: a}, {name: b}, {type: http, name: x, endpoint: web, deadline: soon, stats: 200}]\n"
        },
        [
            'built-in/web/template.yaml:16: checks[0]: expected a type of http, tcp, target-health, command, found "htp"; did you mean "http"?',
            'built-in/web/template.yaml:16: checks[1]: the key "type" is missing; add type: http, tcp or command',
            'built-in/web/template.yaml:16: checks[2].deadline: expected a duration such as 500ms, 30s, 5m, 2h or 1d, found "soon"',
            'built-in/web/template.yaml:16: checks[2]: unknown key "stats"; did you mean "status"?',
        ],
        id="template2",
    ),
    pytest.param(
        {
            WEB: TEMPLATE.replace(
                "type: integer, default: 1", "type: integer, default: 11, required: true, pattern: x, values: [a]"
            )
        },
        [
            "built-in/web/template.yaml:6: parameters.hosts: a required parameter has no default; remove one of the two",
            "built-in/web/template.yaml:6: parameters.hosts: pattern is for string, not for integer; remove it",
            "built-in/web/template.yaml:6: parameters.hosts: values is for enum, not for integer; write type: enum",
        ],
        id="template3",
    ),
    pytest.param(
        {
            WEB: TEMPLATE.replace("playbook.yml", "../x.yml").replace("hosts: {type: integer", "hostz: {type: integer")
            + "checks: [{type: tcp, name: a, endpoint: x}, {type: tcp, name: a, endpoint: x}]\n",
            "built-in/web/terraform/aws/main.tf": VARIABLES,
        },
        [
            'built-in/web/template.yaml:6: the parameter "hostz" is used by Terraform, but no module declares such a variable; did you mean "hosts"?',
            'built-in/web/template.yaml:13: the output "url" is not declared by the module in terraform/aws; add output "url" to it',
            'built-in/web/template.yaml:14: the output "ports" is not declared by the module in terraform/aws; add output "ports" to it',
            'built-in/web/template.yaml:15: playbook: the path "../x.yml" leads out of the template; name a path inside the template',
            'built-in/web/template.yaml:15: the playbook has no hosts: the module for aws has no output hosts; add output "hosts" to it, or say hosts: {from: …} in template.yaml, or name the platform under managed_on',
            'built-in/web/template.yaml:16: the check asks for the endpoint "x", but the module for aws has no output endpoints; add output "endpoints" to it',
            'built-in/web/template.yaml:16: two checks are called "a"; give each a name of its own',
            'blueprints/shop.yaml:3: the module of web@1.0 for platform lab needs the variable "hosts", and nothing gives it; name an output under inputs.hosts, or give it under variables in inventories/lab/environment.yaml',
        ],
        id="template4",
    ),
    pytest.param(
        {"built-in/web/terraform/aws/main.tf": VARIABLES + 'variable "x" {\n default = [\n'},
        ["built-in/web/terraform/aws/main.tf:6: a [ is not closed; close it; `terraform fmt` shows where"],
        id="broken tf",
    ),
    pytest.param(
        {
            "built-in/web/terraform/lab/main.tf": VARIABLES
            + OUTPUTS
            + 'variable "vpc" {}\nvariable "opt" { default = null }\nvariable "machines" {}\n'
        },
        [
            'blueprints/shop.yaml:3: the module of web@1.0 for platform lab needs the variable "vpc", and nothing gives it; name an output under inputs.vpc, or give it under variables in inventories/lab/environment.yaml',
            "blueprints/shop.yaml:5: the environment lab lists no machines for shop; list them in inventories/lab/environment.yaml under hosts.shop",
        ],
        id="undeclared",
    ),
    pytest.param(
        {
            SHOP: blueprint(
                "inputs: {adress: db.url, hosts: db.ulr, size: nodb.url, port: db.ports, token: db.url, stack: db.url, address: shop.url}\nparameters: {hosts: 3}\n"
            ),
            "blueprints/db.yaml": blueprint(name="db"),
        },
        [
            'blueprints/shop.yaml:6: db has no output "ulr"; did you mean "url"?',
            "blueprints/shop.yaml:6: inputs.hosts: the blueprint gives this parameter a value too; remove one of the two",
            "blueprints/shop.yaml:6: inputs.stack: infraops itself hands this to every module; remove it",
            "blueprints/shop.yaml:6: inputs.token: the parameter is sensitive, and the output db.url is not: it would be shown; declare the output with sensitive: true, or give both blueprints the same reference",
            "blueprints/shop.yaml:6: the blueprint waits for itself: shop → shop; take out one of the inputs or depends_on between them",
            'blueprints/shop.yaml:6: the output db.ports is of type list, but the parameter "port" of type port; take one that fits, or mend the output\'s type in the template web@1.0',
            'blueprints/shop.yaml:6: the template web@1.0 takes no input "adress"; did you mean "address"?',
            'blueprints/shop.yaml:6: there is no blueprint "nodb"; did you mean "db"?',
        ],
        id="inputs",
    ),
    pytest.param(
        {
            WEB: TEMPLATE.replace("outputs:\n", "outputs:\n  key: {type: string, sensitive: true}\n"),
            "built-in/web/terraform/lab/main.tf": VARIABLES + OUTPUTS + 'output "key" {}\n',
            "built-in/web/terraform/aws/main.tf": VARIABLES + OUTPUTS + 'output "key" {}\n',
            SHOP: blueprint("inputs: {token: db.key, address: db.key}\n"),
            "blueprints/db.yaml": blueprint(name="db"),
        },
        [
            "blueprints/shop.yaml:6: inputs.address: the output db.key is sensitive, and the parameter is not; declare the parameter with sensitive: true in the template web@1.0",
        ],
        id="sensitive inputs",
    ),
    pytest.param(
        {
            SHOP: blueprint("inputs: {address: db.url}\ndepends_on: [db]\n"),
            "blueprints/db.yaml": blueprint(name="db", environments="{prod: {}}"),
        },
        [
            'blueprints/shop.yaml:6: the blueprint "db" is not deployed in environment lab; it is in prod; add lab to its environments',
            'blueprints/shop.yaml:7: the blueprint "db" is not deployed in environment lab; it is in prod; add lab to its environments',
        ],
        id="not deployed",
    ),
    pytest.param(
        {
            SHOP: blueprint("inputs: {address: db.url}\n"),
            "blueprints/db.yaml": blueprint("depends_on: [cache]\n", name="db"),
            "blueprints/cache.yaml": blueprint("inputs: {address: shop.url}\n", name="cache"),
            "blueprints/z.yaml": blueprint("depends_on: [z]\n", name="z"),
        },
        [
            "blueprints/cache.yaml:6: the blueprints wait for each other: cache → shop → db → cache; take out one of the inputs or depends_on between them",
            "blueprints/z.yaml:6: the blueprint waits for itself: z → z; take out one of the inputs or depends_on between them",
        ],
        id="cycle",
    ),
    pytest.param(
        {LAB: ENVIRONMENT.format(name="lab", platform="lab") + "variables: {hosts: 99, size: enormous, other: 1}\n"},
        [
            "inventories/lab/environment.yaml:4: template web@1.0: variables.hosts: expected at most 10, found 99",
            'inventories/lab/environment.yaml:4: template web@1.0: variables.size: expected one of small, large, found "enormous"; write one of them',
        ],
        id="variables",
    ),
    pytest.param(
        {LAB: ENVIRONMENT.format(name="lab", platform="lab") + "hosts: {shpo: {web-1: {address: 10.0.0.1}}}\n"},
        [
            'inventories/lab/environment.yaml:4: hosts lists machines for "shpo", but there is no such blueprint; did you mean "shop"?'
        ],
        id="hosts",
    ),
    pytest.param(
        {
            "blueprints/x/other.yml": blueprint(),
            "catalog/web/template.yaml": TEMPLATE,
            "catalog/web/playbook.yml": "",
            "catalog/web/terraform/lab/x.tf": VARIABLES + OUTPUTS,
            "catalog/foo/x": "",
            "inventories/foo/x": "",
            "inventories/bar/environment.yml": "",
        },
        [
            'blueprints/x/other.yml:2: the name "shop" is already taken by blueprints/shop.yaml:2; give this blueprint another name',
            "catalog/foo: there is no template.yaml in it; write one, or move the directory away",
            "catalog/web/template.yaml:3: the template web@1.0 is already built into infraops; give this one another name or version",
            "inventories/bar/environment.yml: the name ends in .yml; call it environment.yaml",
            "inventories/foo: there is no environment.yaml in it; write one, or move the directory away",
        ],
        id="dup",
    ),
    pytest.param(
        {LAB: ENVIRONMENT.format(name="lab", platform="gcp")},
        [
            "blueprints/shop.yaml:5: the template web@1.0 has no module for platform gcp of environment lab; it has modules for: aws, lab"
        ],
        id="platform",
    ),
    pytest.param(
        {
            LAB: ENVIRONMENT.format(name="lab", platform="local"),
            "built-in/web/terraform/local/x.tf": VARIABLES + OUTPUTS,
        },
        [
            "blueprints/shop.yaml:5: the template web@1.0 is not declared safe for this machine itself (local_safe); use platform lab, or a template that declares local_safe"
        ],
        id="local",
    ),
    pytest.param(
        {SHOP: b"\xff\xfea\x00"},
        ["blueprints/shop.yaml:1: the file is encoded in UTF-16 or UTF-32; save it as UTF-8"],
        id="bytes",
    ),
    pytest.param(
        {SHOP: b"a: 1\nb: \xe9\n"},
        ["blueprints/shop.yaml:2: the byte 0xE9 is not UTF-8; save the file as UTF-8"],
        id="latin",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), CASES)
def test_every_mistake_is_shown_in_plain_words(
    tmp_path: Path, changes: dict[str, str | bytes], expected: list[str]
) -> None:
    assert mistakes_in(tmp_path, changes) == expected
