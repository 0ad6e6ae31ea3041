"""Blocks and attributes of Terraform files, for a look that must miss nothing; from tokens of the strict reader."""

from collections.abc import Iterator

from infraops.controlrepo.hcl.scanner import BrokenHcl
from infraops.controlrepo.hcl.tokens import Token, template_of, tokens_of
from infraops.models.files.hcl import Block, Call, Expression

DEEPEST = 40  # blocks within blocks
_NO_FUNCTIONS = frozenset({"if", "in", "for", "else", "elseif"})  # what may stand before a bracket without being called
_OPENING, _CLOSING = frozenset("({["), frozenset(")}]")


def blocks_of(text: str) -> tuple[Block, ...]:
    """Return the blocks at the top of a `.tf` file. Raises BrokenHcl where it is not understood."""
    top = _Bodies(tokens_of(text)).body("", (), 1, 0)
    if top.attributes:
        raise BrokenHcl(top.attributes[0][1].line, "an attribute stands outside of every block")
    return top.blocks


def calls_in_template(text: str) -> tuple[Call, ...]:
    """Return what a template's text calls. Raises BrokenHcl where it is not understood."""
    return expression_of((template_of(text),), 1).calls


def expression_of(tokens: tuple[Token, ...], line: int) -> Expression:
    """Return what is known of an expression without evaluating it."""
    return Expression(line, _text(tokens), tuple(_calls(tokens)), tuple(_entries(tokens)))


class _Bodies:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    def body(self, kind: str, labels: tuple[str, ...], line: int, depth: int) -> Block:
        """Read to the end of the file, or, inside a block, behind the brace that closes it."""
        if depth > DEEPEST:
            raise BrokenHcl(line, "blocks are nested too deep to be looked through")
        attributes: list[tuple[str, Expression]] = []
        blocks: list[Block] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.kind == "newline":
                continue
            if depth and token.text == "}" and token.kind == "op":
                return Block(kind, labels, line, tuple(attributes), tuple(blocks))
            if token.kind != "word":
                raise BrokenHcl(token.line, "neither an attribute nor a block begins here")
            if self._next_is("="):
                self._at += 1
                attributes.append((token.text, expression_of(self._expression(), token.line)))
            else:
                blocks.append(self.body(token.text, self._labels(), token.line, depth + 1))
        if depth:
            raise BrokenHcl(line, f"the block {kind} is not closed")
        return Block(kind, labels, line, tuple(attributes), tuple(blocks))

    def _labels(self) -> tuple[str, ...]:
        labels: list[str] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.kind == "op" and token.text == "{":
                return tuple(labels)
            label = _text((token,)) if token.kind in ("word", "template") else None
            if label is None or "$" in label or "%" in label:
                raise BrokenHcl(token.line, "this is neither an attribute nor a block with plain labels")
            labels.append(label)
        raise BrokenHcl(self._tokens[-1].line, "a block has no body")

    def _expression(self) -> tuple[Token, ...]:
        start, depth = self._at, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            closes = token.kind == "op" and token.text in _CLOSING
            if depth == 0 and (token.kind == "newline" or closes):
                break
            depth += (token.kind == "op" and token.text in _OPENING) - closes
            self._at += 1
        return self._tokens[start : self._at]

    def _next_is(self, operator: str) -> bool:
        following = self._tokens[self._at : self._at + 1]
        return bool(following) and following[0].kind == "op" and following[0].text == operator


def _text(tokens: tuple[Token, ...]) -> str | None:
    """Return a plain string's text, or a name with its dots; `path.module` is what it is inside of a string."""
    plain = _without_newlines(tokens)
    if len(plain) == 1 and plain[0].kind == "template":
        return _written(plain[0])
    words = "".join(token.text for token in plain)
    if words == "path.module":
        return "${path.module}"
    named = all(token.kind in ("word", "number") or token.text == "." for token in plain)
    return words if plain and named else None


def _written(template: Token) -> str | None:
    if not template.quoted:
        return None
    text = ""
    for part in template.parts:
        if isinstance(part, str):
            if "\\" in part or part.startswith(("$${", "%%{")):
                return None
            text += part
        elif "".join(token.text for token in part) == "$path.module":
            text += "${path.module}"
        else:
            return None
    return text


def _calls(tokens: tuple[Token, ...]) -> Iterator[Call]:
    plain = _without_newlines(tokens)
    for at, token in enumerate(plain):
        for part in token.parts:
            if not isinstance(part, str):
                yield from _calls(part)
        following = plain[at + 1 : at + 2]
        if token.kind == "word" and following and following[0].kind == "op" and following[0].text == "(":
            name = _full_name(plain, at)
            if name not in _NO_FUNCTIONS:
                yield Call(name, token.line, tuple(_text(argument) for argument in _arguments(plain, at + 1)))


def _full_name(plain: tuple[Token, ...], at: int) -> str:
    name = plain[at].text
    while at >= 2 and plain[at - 1].text == "::" and plain[at - 2].kind == "word":
        at -= 2
        name = f"{plain[at].text}::{name}"
    return name


def _arguments(plain: tuple[Token, ...], opening: int) -> Iterator[tuple[Token, ...]]:
    depth, start = 0, opening + 1
    for at in range(opening, len(plain)):
        token = plain[at]
        if token.kind != "op":
            continue
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0 or (depth == 1 and token.text == ","):
            if at > start or token.text == ",":
                yield plain[start:at]
            start = at + 1
        if depth == 0:
            return


def _entries(tokens: tuple[Token, ...]) -> Iterator[tuple[str, Expression]]:
    """Yield the entries of an object, which is all there is to the expression; a line end or a comma ends each."""
    first = next((at for at, token in enumerate(tokens) if token.kind != "newline"), None)
    if first is None or tokens[first].kind != "op" or tokens[first].text != "{":
        return
    depth, entry = 0, first + 1
    for at in range(first, len(tokens)):
        token = tokens[at]
        if token.kind == "op":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if depth == 0 or (depth == 1 and (token.kind == "newline" or (token.kind == "op" and token.text == ","))):
            yield from _entry(tokens[entry:at])
            entry = at + 1
        if depth == 0:
            return


def _entry(tokens: tuple[Token, ...]) -> Iterator[tuple[str, Expression]]:
    for at, token in enumerate(tokens):
        if token.kind == "op" and token.text in ("=", ":"):
            yield _text(tokens[:at]) or "", expression_of(tokens[at + 1 :], token.line)
            return


def _without_newlines(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    return tuple(token for token in tokens if token.kind != "newline")
