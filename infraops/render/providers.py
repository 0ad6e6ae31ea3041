"""The providers of a stack's root module: the settings that its environment has for those its module works with."""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from infraops.models.stacks.stack import Stack
from infraops.render import state_account
from infraops.render.state_account import AWS, S3, emulated_account

PROVIDERS, EMULATOR = PurePosixPath("providers.tf.json"), PurePosixPath(state_account.EMULATOR)
_DEFAULT_NAMESPACE = "hashicorp"


def providers_handed(stack: Stack) -> dict[str, dict[str, Any]]:
    """Return the settings of the providers that the stack's module works with, by name or `name.alias`.

    Strings in them may name the stack's `{environment}`, `{blueprint}`, `{stack}`, `{owner}` and `{cost_center}`.
    Resources of AWS are tagged with these unless the environment has default tags of its own.
    """
    written = dict(stack.environment.file.providers)
    if stack.environment.platform == AWS:
        written.setdefault(AWS, {})
    words = _words(stack)
    return {
        name: {**_of_the_platform(name, stack), **filled(settings, words)}
        for name, settings in sorted(written.items())
        if name.partition(".")[0] in stack.module.providers or stack.module.any_provider
    }


def sources(stack: Stack) -> tuple[tuple[str, str], ...]:
    """Return the name and the source of each provider that is handed settings."""
    names = sorted({name.partition(".")[0] for name in providers_handed(stack)})
    return tuple((name, stack.module.providers.get(name) or f"{_DEFAULT_NAMESPACE}/{name}") for name in names)


def provider_files(stack: Stack) -> dict[PurePosixPath, str]:
    """Render the providers' settings; nothing where there are none.

    In Terraform's JSON syntax, because there the provider itself knows what of it is a block and what an attribute.
    """
    handed, emulator = providers_handed(stack), stack.environment.file.emulator
    reached = stack.environment.file.state.backend == S3 or any(name.partition(".")[0] == AWS for name in handed)
    files = {EMULATOR: _emulator_config(emulator)} if emulator and reached else {}
    if not handed:
        return files
    written: dict[str, list[dict[str, Any]]] = {}
    for name, settings in handed.items():
        kind, _, alias = name.partition(".")
        document = {key: _escaped(value) for key, value in settings.items()}
        emulated = emulated_account(f"${{path.root}}/{EMULATOR}") if kind == AWS and emulator else {}
        written.setdefault(kind, []).append({**({"alias": alias} if alias else {}), **document, **emulated})
    note = "Rendered by infraops. Changes made here are lost: the environment is the source."
    return {PROVIDERS: json.dumps({"//": note, "provider": written}, indent=2, ensure_ascii=False) + "\n", **files}


def _of_the_platform(name: str, stack: Stack) -> dict[str, Any]:
    if name.partition(".")[0] != AWS:
        return {}
    tags = {name: value for name, value in _words(stack).items() if name != "stack" and value}
    return {"default_tags": {"tags": tags}}


def _emulator_config(url: str) -> str:
    # Once as the AWS tools read a file of settings, once as they read one of credentials.
    keys = "aws_access_key_id = emulator\naws_secret_access_key = emulator\n"
    return (
        "# Rendered by infraops. The emulator takes any credentials; AWS itself takes these for no account.\n"
        f"[profile emulator]\nendpoint_url = {url}\n\n[emulator]\n{keys}"
    )


def _words(stack: Stack) -> dict[str, str]:
    return {
        "blueprint": stack.called,
        "cost_center": stack.cost_center or "",
        "environment": stack.environment.name,
        "owner": stack.owner,
        "stack": f"{stack.environment.name}-{stack.called}",
    }


def filled_in(stack: Stack, value: Any) -> Any:
    """Put the stack's words where a setting names them."""
    return filled(value, _words(stack))


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """Put words where the strings of a JSON-like value name them: `{owner}`."""
    match value:
        case str():
            for name, word in words.items():
                value = value.replace(f"{{{name}}}", word)
            return value
        case Mapping():
            return {key: filled(item, words) for key, item in value.items()}
        case list() | tuple():
            return [filled(item, words) for item in value]
        case _:
            return value


def _escaped(value: Any) -> Any:
    """Write what stands in strings so that Terraform takes it as it is; in its JSON syntax they are templates."""
    match value:
        case str():
            value.encode()
            return value.replace("${", "$${").replace("%{", "%%{")
        case Mapping():
            return {_escaped(key): _escaped(item) for key, item in value.items()}
        case list() | tuple():
            return [_escaped(item) for item in value]
        case _:
            return value
