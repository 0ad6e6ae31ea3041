"""What the keys of the control repo's files mean, for the JSON Schemas that editors show."""

from typing import Any

_CHECKED = "What is checked, in a few words."
_ONLY_THERE = "The platforms on which it is made; by default all."
_INSIDE = {
    "items": "The type of what a list, set or map holds: the name of a type, or a mapping.",
    "members": "The types of a tuple's places, in their order.",
    "entries": "The entries of an object, by name.",
}
_LIMITS_AND_INSIDE = {
    "description": "What it is for.",
    "min": "The smallest number; of a string, list, set or map its shortest length.",
    "max": "The largest number; of a string, list, set or map its greatest length.",
    "pattern": "A regular expression that a string, or each item, must match somewhere.",
    "values": "The choices of an enum.",
    **_INSIDE,
    "nullable": "null may be given, and is handed on.",
}
_SCHEMA = "The format of this file: infraops/v1."

FIELDS: dict[str, dict[str, str]] = {
    "BlueprintFile": {
        "schema": _SCHEMA,
        "name": "The service's name, one of its own in the control repo. With the environment it names the stack.",
        "template": "The template and its pinned version, such as web-service@1.0.",
        "owner": "The team that answers for the service.",
        "summary": "What the service is, in a sentence.",
        "runbook": "Where to read what to do when it fails: a path in the control repo or a URL.",
        "cost_center": "Who pays.",
        "tags": "Words to select stacks by: infraops plan --tag shop.",
        "parameters": "Values of the template's parameters, the same in every environment.",
        "environments": "The environments it is deployed in; each may override parameters: production: {hosts: 30}.",
        "inputs": "Outputs of other stacks in the same environment: subnet_ids: network.subnet_ids.",
        "depends_on": "Blueprints that must be deployed before this one, without handing anything over.",
        "moved_from": "The name that the blueprint had before: its stacks take over the states of that one.",
        "adopt": "What exists already and is taken over, by environment.",
        "forget": "Addresses that the module declares no more: let go of, and not destroyed.",
        "budget": "What the service may cost.",
        "allow_destroy": "Lifts the protection of a template that holds data, so that it can be destroyed.",
    },
    "Adoption": {
        "to": 'The address inside the module, such as lab_host.host["host-01"].',
        "id": "What the provider knows it by; its documentation of `import` says what that is.",
    },
    "Budget": {"monthly_usd": "US dollars a month; a blueprint's budget is for each of its environments by itself."},
    "EnvironmentFile": {
        "schema": _SCHEMA,
        "name": "The environment's name, which is also its directory's.",
        "platform": "Which module of the templates serves here: lab, aws, static, local, or another they have.",
        "summary": "What the environment is for, in a sentence.",
        "providers": "Settings of Terraform's providers, by their own names: aws: {region: eu-central-1}.",
        "emulator": "For platform aws, the URL of what stands for the account: nothing real is made or configured.",
        "state": "Where Terraform keeps its state.",
        "variables": "Values for every stack here, by the name of a parameter or of a module's variable. "
        "Blueprints override them.",
        "change": "How careful a run must be here.",
        "budget": "What all stacks here together may cost.",
        "ssh_wait": "How long configure waits for hosts that do not answer on SSH yet; 0s: not at all.",
        "hosts": "For platform static, the machines: blueprint, then name of the machine, then where it is.",
    },
    "StateBackend": {
        "backend": "Terraform's own name of the backend: local, s3, pg, http …",
        "config": "The backend's settings, by Terraform's names.",
    },
    "ChangeRules": {
        "confirm_name": "apply and destroy demand that the environment's name is typed.",
        "protect_data": "Templates that hold data are not destroyed unless their blueprint allows it.",
        "max_destroy": "How many resources one run may destroy or replace.",
        "fingerprint_key": "Key for secrets in fingerprints (env:NAME or file:path), shared by all machines.",
        "approval": "Changes need signed approvals here; {} for one of anybody who may sign.",
        "standard": "Which changes are authorised beforehand, so that nobody is asked; by default none.",
        "windows": "Hours of the week by name, for standard.window.",
        "freezes": "Times in which nothing but emergencies happens.",
    },
    "ApprovalRules": {
        "expires": "The longest that an approval may be good for.",
        "authorities": "The authority table: who has to say yes to which change.",
        "emergency": "Who says yes to a change in an emergency; by default anybody who may sign.",
        "review_within": "How long after an emergency it has to be reviewed.",
    },
    "AuthorityRow": {
        "name": "What the row is about; the output names it.",
        "when": "An expression in CEL on the change: where it is true, or fails, the row holds. docs/change.md lists "
        "what it may use.",
        "demand": "Who has to say yes where the row holds: a group of change.groups, owner, or several of them.",
    },
    "Several": {"of": "The group, or owner.", "count": "How many different people of it."},
    "AnyOf": {"any": "One of these suffices."},
    "AllOf": {"all": "All of these are needed; one person may speak for more than one of them."},
    "StandardRules": {
        "templates": "Templates with their versions, such as web-service@1.*; * stands for any text.",
        "actions": "What may be done; nothing else is standard, and no loss ever is.",
        "max_cost_delta": "How much more a month may cost, in the currency of the prices.",
        "clean_runs": "In how many runs the template must have been applied here without fail since its last failure.",
        "window": "The window in which alone changes are standard.",
    },
    "Window": {
        "days": "The days on which it begins.",
        "from": "When it begins.",
        "until": "When it ends; on the day after, where that is not after `from`.",
        "zone": "The time zone of these hours, such as Europe/Berlin.",
    },
    "Freeze": {
        "from": "When it begins.",
        "until": "When it ends.",
        "zone": "The time zone of these times, such as Europe/Berlin.",
        "reason": "Why; who is refused reads it.",
    },
    "StaticHost": {
        "address": "Host name or IP address.",
        "port": "The port that sshd listens on.",
        "user": "Who to log in as; may become root through sudo.",
        "groups": "Ansible groups the machine is in.",
        "vars": "Ansible variables of the machine.",
        "host_key": 'The machine\'s public host key, such as "ssh-ed25519 AAAA…".',
        "first_use": "Without a host_key: accept the key that the machine shows first, and hold it to that one.",
    },
    "SettingsFile": {
        "schema": _SCHEMA,
        "terraform": "The Terraform program that this control repo uses.",
        "ledger": "Where runs are recorded: a path, or postgresql://user@host/database for a team. "
        "By default ledger.sqlite3 in the user's state directory.",
        "defaults": "What a command assumes when it is not told.",
        "notify": "Whom to tell of the end of every apply, destroy and resume.",
        "budgets": "What each owner's stacks together may cost, over all environments: team-shop: {monthly_usd: 900}.",
        "change": "Who is who where changes need approval.",
        "catalogs": "Templates of other git repositories, by a name; `infraops template fetch` vendors them.",
    },
    "Source": {
        "git": "The repository: https, ssh or file URL, or a path from the control repo's root. No credentials in it.",
        "ref": "A tag, a branch, or a whole commit. What it stands for is pinned in catalog/lock.yaml.",
        "path": "The directory of that repository with the templates, a directory each.",
    },
    "ChangeSettings": {
        "base": "The protected branch, from which change rules and signers are read; by default the remote's own.",
        "signers": "The file of those who may sign: ssh-keygen's ALLOWED SIGNERS.",
        "revoked": "A file of keys that are good no more: public keys, or a KRL.",
        "groups": "Groups that may be demanded, and their principals in the signers' file: security: [jo@example.com].",
        "people": "Who somebody is whom a forge names, as a principal: octo: jo@example.com.",
    },
    "Notify": {
        "url": "Where to post the notice: https, or http to this machine.",
        "secret": "The variable that holds the secret of the signature, such as env:INFRAOPS_WEBHOOK_SECRET.",
    },
    "TerraformPin": {
        "program": "embedded, terraform, tofu, or an absolute path.",
        "version": 'The version the program must report, such as "1.9" or "1.9.2".',
    },
    "Defaults": {
        "environment": "The environment that is meant where none is named.",
        "parallelism": "How many stacks a run works on at once.",
        "keep_runs": "How many runs keep their logs and reports in .infraops/runs/.",
    },
    "AllowFile": {
        "schema": _SCHEMA,
        "providers": "Providers that may be started, such as hashicorp/aws; with the host where that is no public one.",
        "provider_settings": "What provider blocks may set, by provider: hashicorp/aws: [region].",
        "data_sources": "Types of data sources that are refused otherwise, such as aws_ssm_parameter.",
        "resources": "Types of resources that are refused otherwise, such as helm_release.",
        "ephemeral": "Types of ephemeral resources.",
        "modules": "Module sources from elsewhere, as they are written. Nobody looks into them.",
        "backends": "State backends that may be reached where no base is given, such as s3.",
        "programs": "Terraform programs beside embedded, terraform and tofu, by absolute path.",
        "ledgers": "Places of the ledger, as infraops.yaml names them.",
        "secrets": "References to secrets, such as env:PLAN_TOKEN.",
        "environment": "Variables that Terraform is handed, such as AWS_REGION.",
    },
    "PolicyFile": {
        "schema": _SCHEMA,
        "rules": "Rules of this control repo, beside the built-in ones.",
        "severities": "Other severities for rules of any file, built-in ones too: cost-center-present: deny.",
        "waivers": "Permissions to break a rule, for a time.",
    },
    "PolicyRule": {
        "name": "The rule's name, one of its own in the control repo.",
        "severity": "What a plan that breaks it meets: deny stops it, warn is shown, off is nothing.",
        "when": "An expression in CEL: where it is true, the rule is broken. docs/policy.md lists what it may use.",
        "message": "What is wrong, said to who made the change; {stack.owner} puts in a field.",
        "hint": "What to do about it.",
        "control": "Which control the rule serves.",
    },
    "Waiver": {
        "rule": "The rule that may be broken.",
        "stack": "The stack, such as production/shop-db; * stands for any text.",
        "owner": "Who answers for that.",
        "reason": "Why.",
        "expires": 'The last day on which it works, such as "2026-12-31".',
    },
    "PriceFile": {"schema": _SCHEMA, "prices": "What resources cost. They win over the built-in ones, type by type."},
    "Price": {
        "sku": "What the seller calls it, or whoever wrote the price down.",
        "resource": "The type of resource that costs this; random_* is every type that begins like this.",
        "where": "Values that attributes of the resource must have: instance_type: t3.small.",
        "part": "What of the resource this pays for, where several things are charged. Each part must have a price.",
        "region": "Where it costs this; without, everywhere. Resources say it by `region` or `location`, "
        "else the parameter or variable of that name does.",
        "unit": "What the price is for.",
        "quantity": "How many units one resource takes: a number, or the attribute that says it.",
        "price": "What one unit costs.",
        "currency": "All prices of a control repo are in the same one; budgets are in USD.",
        "source": "Where the price was read.",
        "retrieved_at": 'When it was read, such as "2026-11-01".',
        "valid_until": "The last day on which it holds; later it is used, and called stale.",
    },
    "TemplateFile": {
        "schema": _SCHEMA,
        "name": "The template's name, as blueprints write it.",
        "version": 'The template\'s version, in quotes: "1.0".',
        "summary": "What it makes, in a sentence.",
        "parameters": "What a blueprint may or must say.",
        "outputs": "What other stacks may take as inputs; every module has an output of that name.",
        "modules": "Where the module for a platform is, relative to template.yaml; `../` leads elsewhere in the "
        "control repo. Without it, terraform/<platform>/.",
        "hosts": "How the contract's output hosts is made, where the module has none of that form.",
        "endpoints": "URLs by name, with outputs in braces: http://{dns_name}; in the place of the module's own.",
        "playbook": "The playbook that configures the hosts, relative to template.yaml; `../` leads elsewhere in the "
        "control repo.",
        "managed_on": "Platforms that configure it by themselves: no hosts there, and no playbook.",
        "checks": "What must be true once a stack is configured.",
        "local_safe": "May run on the operator's own machine: stays in one directory and on one port.",
        "protected": "Holds data: destroying and replacing are refused unless the blueprint allows them.",
        "independent_hosts": "No play looks at another host, so that new hosts are configured alone.",
        "shareable": "Stacks that are ready at the same time may share one Ansible run.",
        "deprecated": "That this version comes to its end: since when, until when, what follows it, and why.",
    },
    "Deprecation": {
        "since": 'The first day on which it counts as deprecated, such as "2026-01-01".',
        "until": "The last day on which it may be used; later, policy denies its plans.",
        "successor": "What to use instead, such as web-service@2.0.",
        "reason": "Why, in a sentence.",
    },
    "Parameter": {
        "type": "What the value is.",
        **_LIMITS_AND_INSIDE,
        "default": "The value where none is given.",
        "required": "Must be given, by the blueprint or as an input.",
        "sensitive": "The value is a reference: env:NAME, file:path or generated:name.",
        "used_by": "Who is handed it: terraform as a variable, playbook as a group variable.",
    },
    "ValueType": {"type": "What the value is.", **_LIMITS_AND_INSIDE},
    "Entry": {
        "type": "What the value is.",
        **_LIMITS_AND_INSIDE,
        "default": "The value where none is given.",
        "required": "Must be given wherever the object is.",
    },
    "DeclaredOutput": {
        "type": "What the value is.",
        **_INSIDE,
        "description": "What it is.",
        "stand_in": "A value to plan with before the real one is known.",
        "sensitive": "The value is not shown.",
    },
    "HostsFrom": {
        "from": "A declared output: an address, a list or set of them, or a map from names to them.",
        "address": "The attribute that holds the address, where the output is made of objects.",
        "name": "What hosts of a list are called, with a number; without it, as the blueprint.",
        "user": "Who logs in.",
        "port": "The port of sshd.",
        "connection": "How Ansible reaches them; local: they are this machine.",
        "first_use": "The key that a host shows first is accepted and kept; else known_hosts has to know it.",
        "groups": "Ansible groups of all hosts.",
        "vars": "Ansible variables of all hosts.",
        "identity": "An output of the same form that changes when a host is made anew, such as instance ids.",
    },
    "HttpCheck": {
        "type": "An HTTP request is answered.",
        "name": _CHECKED,
        "platforms": _ONLY_THERE,
        "endpoint": "Which of the module's endpoints.",
        "path": "The path that is asked for.",
        "status": "The status that must be answered.",
        "contains": "A text that the answer must hold.",
        "deadline": "How long to keep trying: 500ms, 30s, 5m.",
    },
    "TcpCheck": {
        "type": "A TCP connection is accepted.",
        "name": _CHECKED,
        "platforms": _ONLY_THERE,
        "endpoint": "Which of the module's endpoints.",
        "deadline": "How long to keep trying: 500ms, 30s, 5m.",
    },
    "TargetHealthCheck": {
        "type": "A balancer of AWS finds all of its targets healthy.",
        "name": _CHECKED,
        "platforms": _ONLY_THERE,
        "endpoint": "Which of the module's endpoints; it is the ARN of the target group.",
        "deadline": "How long to keep trying: 500ms, 30s, 5m.",
    },
    "CommandCheck": {
        "type": "A program on the operator's machine exits with 0.",
        "name": _CHECKED,
        "platforms": _ONLY_THERE,
        "endpoint": "Which of the module's endpoints {url}, {address} and {port} are taken from.",
        "command": "The program and its arguments.",
        "deadline": "How long to keep trying: 500ms, 30s, 5m.",
    },
}
_LIMITS = {"ge": "minimum", "le": "maximum"}  # pydantic leaves its own names beside a union


def describe(schema: dict[str, Any]) -> dict[str, Any]:
    """Add descriptions to a schema that pydantic made of a model, and close what it leaves open."""
    for name, definition in {schema["title"]: schema, **schema.get("$defs", {})}.items():
        for key, words in FIELDS.get(name, {}).items():
            definition["properties"][key] = {**definition["properties"][key], "description": words}
    _close(schema)
    return schema


def _close(part: Any) -> None:
    if isinstance(part, list):
        for item in part:
            _close(item)
    elif isinstance(part, dict):
        for own, standard in _LIMITS.items():
            if isinstance(part.get(own), int | float):
                part[standard] = part.pop(own)
        if isinstance(part.get("patternProperties"), dict):
            part.setdefault("additionalProperties", False)
        for item in part.values():
            _close(item)
