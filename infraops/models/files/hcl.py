"""Terraform configuration as it stands in files: blocks, attributes, and the functions that expressions call. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """A call of a function, with its namespace: `file`, `core::file`, `provider::aws::arn_parse`.

    An argument that is one string without more inside than `${path.module}` is there as it is written; any other is
    None, for only Terraform knows what comes out of it.
    """

    name: str
    line: int
    arguments: tuple[str | None, ...]


@dataclass(frozen=True)
class Expression:
    """What an attribute is given. `text` is its value where that is one plain string, or a name such as `aws.west`.

    `entries` are those of an object, which stand in the file in this order; a key may come twice.
    """

    line: int
    text: str | None
    calls: tuple[Call, ...] = ()
    entries: tuple[tuple[str, "Expression"], ...] = ()


@dataclass(frozen=True)
class Block:
    """A block with all that is inside it. JSON may say the same attribute twice, so both are kept."""

    kind: str
    labels: tuple[str, ...]
    line: int
    attributes: tuple[tuple[str, Expression], ...] = ()
    blocks: tuple["Block", ...] = ()

    def all(self, name: str) -> tuple[Expression, ...]:
        """Return every value that the attribute of this name is given."""
        return tuple(value for key, value in self.attributes if key == name)
