"""What libyaml says about broken YAML, in an engineer's words."""

import re

from yaml import MarkedYAMLError, YAMLError


class Unreadable(Exception):
    """The file cannot be read any further: why, on which line, and what to do."""

    def __init__(self, line: int, problem: str, hint: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem
        self.hint = hint


BRACES = "a value that begins with {{ needs quotes"
_BRACES = re.compile(r"""^[^#"']*(:|-)[ ]+\{\{""")

# libyaml's words → ours. The texts are stable: libyaml has not changed them since 2006.
_SAID = {
    "mapping values are not allowed in this context": (
        'a ": " stands where no new key can start',
        "put the text in quotes, or mend the indentation",
    ),
    "found character that cannot start any token": (
        "a value starts with a character that YAML keeps for itself (@, ` or %)",
        "put the value in quotes",
    ),
    "did not find expected node content": (
        "a [ or { is not closed",
        "close it with ] or }",
    ),
    "did not find expected ',' or '}'": ("a { is not closed", "close it with }, with commas between the entries"),
    "did not find expected ',' or ']'": ("a [ is not closed", "close it with ], with commas between the items"),
    "found unexpected end of stream": ("a quote is not closed", "close it"),
    "found unexpected document indicator": ("a quote is not closed before ---", "close it"),
    "found unknown escape character": (
        "the backslash starts an escape that YAML does not know",
        r"write \\ for a backslash, or use single quotes",
    ),
    "did not find expected key": ("the indentation fits no level above", "line it up with the keys it belongs to"),
    "did not find expected '-' indicator": (
        "a key stands where the next item of a list is expected",
        "line the items up, or indent the list below its key",
    ),
    "did not find expected <document start>": (
        "this stands outside the document",
        "line it up with the keys above, and write one document a file",
    ),
    "block sequence entries are not allowed in this context": (
        'a "- " stands where no list can start',
        "start the list on a line of its own",
    ),
    "block mapping entries are not allowed in this context": ("a key cannot start here", "put it on its own line"),
    "could not find expected ':'": ("a key without a colon", 'write "key: value", or put the text in quotes'),
    "found incompatible YAML document": ("the %YAML directive names an unknown version", "remove the directive"),
    "did not find expected comment or line break": (
        "after | or > nothing but a comment may stand",
        "start the text on the next line, indented",
    ),
    "found a tab character where an indentation space is expected": (
        "a tab is used for indentation",
        "indent with spaces",
    ),
}


def explain_syntax(error: YAMLError, text: str, open_lines: list[int]) -> Unreadable:
    """Put a syntax error of libyaml into plain words; lines count from 1.

    `open_lines` are the lines where the lists and mappings begin that have not ended yet, the innermost last.
    """
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _explain_character(text)
    lines = text.splitlines()
    line = min(error.problem_mark.line + 1, max(len(lines), 1))
    written = lines[line - 1] if lines else ""
    indentation = written[: len(written) - len(written.lstrip())]
    if "\t" in indentation:
        return Unreadable(line, "a tab is used for indentation", "indent with spaces")
    if _BRACES.match(written):
        return Unreadable(line, "{{ starts a mapping in a mapping here, and it does not hold together", BRACES)
    said = error.problem or "the YAML is broken"
    problem, hint = _SAID.get(
        said, (f"the YAML is broken: {said}", "compare the line and the one above with YAML's rules")
    )
    if "quote is not closed" in problem and error.context_mark is not None:
        return Unreadable(error.context_mark.line + 1, problem, hint)
    if "is not closed" in problem:
        return Unreadable(open_lines[-1], problem, hint)
    return Unreadable(line, problem, hint)


def _explain_character(text: str) -> Unreadable:
    for number, line in enumerate(text.split("\n"), start=1):
        for character in line:
            if not (character in "\t\r\x85" or " " <= character <= "~" or character >= "\xa0"):
                code = f"U+{ord(character):04X}"
                return Unreadable(number, f"the control character {code} is not allowed", "remove it")
    return Unreadable(1, "the file holds a character that YAML does not allow", "remove it")
