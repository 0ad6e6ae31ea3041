"""Asking a person on a terminal for what a new blueprint needs."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from rich.text import Text

from infraops.errors import Mistake, UsageError
from infraops.models.files.template import Parameter
from infraops.models.stacks.stack import Template
from infraops.views.catalog import parameter_question, show_templates
from infraops.views.console import Streams


class TerminalInterview:
    """Questions on stderr, so that stdout holds the result alone; an end of the input ends them."""

    def __init__(self, streams: Streams, read_line: Callable[[str], str | None]) -> None:
        self._streams = streams
        self._read_line = read_line  # after this prompt; None where the input ended

    def template(self, templates: Sequence[Template]) -> str:
        """Show what there is and ask for one of them, until it is one."""
        show_templates(templates, replace(self._streams, out=self._streams.err))
        known = {name for each in templates for name in (each.file.name, each.reference)}
        while (answer := self._ask("template = ")) not in known:
            self._streams.err.print(Text(f'there is no template "{answer}"', style="red"), soft_wrap=True)
        return answer

    def value(self, name: str, parameter: Parameter, wrong: Sequence[Mistake]) -> str:
        """Say what the parameter is, or what is wrong with the last answer, and ask."""
        for mistake in wrong:
            self._streams.err.print(Text(mistake.problem, style="red"), soft_wrap=True)
            if mistake.hint:
                self._streams.err.print(Text(f"  {mistake.hint}"), soft_wrap=True)
        if not wrong:
            self._streams.err.print(parameter_question(name, parameter), soft_wrap=True)
        return self._ask(f"{name} = ")

    def _ask(self, prompt: str) -> str:
        answer = self._read_line(prompt)
        if answer is None:
            raise UsageError("asking", "the input ended", "nothing was written; --template and --set answer")
        return answer
