"""Terraform's command lines, by the argument builder of python-terraform.

Nothing else of that package is used: its `apply` and `destroy` send options that Terraform refuses, it reads state
files nobody asked for, and it starts processes that nobody could interrupt.
"""

from functools import cache
from typing import Any

Option = str | int | bool | list[str] | dict[str, str] | None


@cache
def _builder() -> Any:
    from python_terraform import Terraform  # 30 ms

    # A working directory that cannot exist keeps the constructor from reading a state file.
    return Terraform(working_dir="/dev/null/none", terraform_bin_path="terraform")


def arguments(command: str, *operands: str, flags: tuple[str, ...] = (), **options: Option) -> tuple[str, ...]:
    """Build the arguments after the program's name.

    `flags` are options without a value ("no_color" → `-no-color`); a list option is repeated; None is left out.
    """
    from python_terraform import IsFlagged

    built = _builder().generate_cmd_string(command, *operands, **options, **dict.fromkeys(flags, IsFlagged))
    return tuple(built[1:])
