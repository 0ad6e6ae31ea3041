"""`some key, value in …` in comprehensions, spelt out: the compiler takes its comma for one between elements. Pure.

`[k | some k, v in kept; v]` becomes `[k | pairs := kept; some at; of := pairs[at]; k := at; v := of; v]`, within the
line and with names of its own.
"""

from infraops.assessment.rego.tokens import Token


def spell_out_pairs(rule: list[Token]) -> None:
    """Rewrite the comprehensions of one rule that make arrays and sets; those that make objects are understood."""
    solid = [token for token in rule if token.kind not in ("comment", "space")]
    opened: list[_Bracket] = []
    for place, token in enumerate(solid):
        if token.deeper > 0:
            opened.append(_Bracket(token.text))
        elif token.deeper < 0 and opened:
            opened.pop()
        elif opened:
            opened[-1].note(token)
            if token.text == "some" and token.kind == "name" and opened[-1].lists:
                _spell_out(solid[place:])


class _Bracket:
    """An open bracket, and what was seen right within it."""

    def __init__(self, sign: str) -> None:
        self._sign, self._keyed, self._barred = sign, False, False

    def note(self, token: Token) -> None:
        """Look at the next token right within."""
        if token.kind == "sign" and not self._barred:
            self._keyed |= token.text == ":"
            self._barred = token.text[0] == "|"  # what names the comprehension shares may stand behind it already

    @property
    def lists(self) -> bool:
        """Whether it is a comprehension, and of an array or a set."""
        return self._sign in ("[", "{") and self._barred and not self._keyed


def _spell_out(tokens: list[Token]) -> None:
    some, words = tokens[0], [token for token in tokens[1:] if token.kind != "break"][:4]
    if [token.text for token in words[1::2]] != [",", "in"] or {words[0].kind, words[2].kind} != {"name"}:
        return
    key, value = words[0].text, words[2].text
    last = _last_of(tokens[tokens.index(words[3]) + 1 :])
    if last is None:
        return
    pairs, at, of = (f"inside_{word}_{some.start}" for word in ("pairs", "at", "of"))
    given = [f"{name} := {source}" for name, source in ((key, at), (value, of)) if name != "_"]
    some.text = f"{pairs} :="
    for word in words:
        word.text = ""
    last.text += "; ".join(("", f"some {at}", f"{of} := {pairs}[{at}]", *given))


def _last_of(tokens: list[Token]) -> Token | None:
    """Return the last token of the term that the pairs are of."""
    depth, last = 0, None
    for token in tokens:
        depth += token.deeper
        if depth < 0 or (depth == 0 and last is not None and (token.kind == "break" or token.text == ";")):
            break
        if token.kind != "break":
            last = token
    return last
