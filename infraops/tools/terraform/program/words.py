"""What command lines of Terraform do, as far as their words tell, and how they are written down. Pure."""

from collections.abc import Iterator, Sequence

_LOOKING = {
    "console": None, "graph": None, "help": None, "metadata": None, "output": None, "plan": None, "show": None,
    "validate": None, "version": None,
    "providers": ("", "schema"), "state": ("list", "pull", "show"), "workspace": ("list", "show"),
}  # fmt: skip


TERRAFORM = "terraform"  # the word for the program that infraops.yaml pins, whichever that is


def runs_terraform(argv: Sequence[str]) -> bool:
    """Whether a command line is one of Terraform's."""
    return bool(argv) and argv[0] == TERRAFORM


def subcommand(argv: Sequence[str]) -> str:
    """Return the first word behind the program that is no option."""
    return next((word for word in argv[1:] if not word.startswith("-")), "")


def only_looks(argv: Sequence[str]) -> bool:
    """Whether a Terraform command line is known to change neither a state nor anything else."""
    words = [word for word in argv[1:] if not word.startswith("-")]
    if not words:
        return True
    allowed = _LOOKING.get(words[0], ())
    return allowed is None or (words[1] if len(words) > 1 else "") in allowed


def without_values(argv: Sequence[str]) -> Iterator[str]:
    """Leave the values of variables out of a command line."""
    follows = False
    for word in argv:
        option, equals, rest = word.partition("=")
        if follows:
            yield f"{word.partition('=')[0]}=…"
        elif option in ("-var", "--var") and equals:
            yield f"{option}={rest.partition('=')[0]}=…"
        else:
            yield word
        follows = not follows and word in ("-var", "--var")
