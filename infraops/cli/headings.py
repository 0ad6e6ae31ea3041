"""The program's own help: its commands under what they are for, in the order in which they are needed."""

from typing import TYPE_CHECKING

from typer.core import TyperGroup

if TYPE_CHECKING:
    from typer._click import Context, HelpFormatter

HEADINGS = {
    "Declare": ("init", "new", "template", "schema", "import"),
    "Carry out": ("validate", "render", "plan", "apply", "destroy", "drift", "resume"),
    "Agree on a change": ("review", "approve", "cost", "policy", "ci"),
    "Look": ("status", "output", "graph", "inventory", "history", "logs", "ledger"),
    "By hand": ("ssh", "exec", "forget", "unlock"),
    "This machine": ("doctor", "lab"),
}


class Program(TyperGroup):
    """The commands of infraops; where only some of them are loaded, their headings alone are shown."""

    def format_commands(self, ctx: "Context", formatter: "HelpFormatter") -> None:
        """Write a section a heading, all with columns of one width."""
        width = max(len(name) for name in self.commands)
        for heading, names in HEADINGS.items():
            found = [(name, self.commands[name]) for name in names if name in self.commands]
            rows = [(name.ljust(width), one.get_short_help_str(formatter.width - 6 - width)) for name, one in found]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
