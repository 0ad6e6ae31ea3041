"""Which URLs of git repositories a control repo may name: none that runs a program, none with a password in it."""

import re

SCHEMES = ("https", "ssh", "file")
_SCP = re.compile(r"^([A-Za-z0-9_][A-Za-z0-9_.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*:(?!/?/)[^\s]+$")


def refuse_url(url: str) -> tuple[str, str] | None:
    """Say what is wrong with a URL, and what to do; None where nothing is. The answer never repeats the URL.

    A relative path is meant from the control repo's root.
    """
    known = "write https://…, ssh://…, git@host:path, file:///…, or a path that begins with ./, ../ or /"
    if any(not character.isprintable() or character.isspace() or character == "\\" for character in url):
        return "the URL holds spaces, backslashes or characters that cannot be seen", known
    scheme, is_url, rest = url.partition("://")
    if not is_url:
        if url.startswith(("./", "../", "/")) or ("::" not in url and _SCP.match(url)):
            return None
        return "this is no URL or path that git is asked with", known
    if scheme not in SCHEMES:
        return f"{scheme}:// is not fetched from", known
    user, has_user, host = rest.partition("/")[0].rpartition("@")
    if scheme != "file" and (not host or host.startswith("-")):
        return "the URL names no host", known
    if has_user and (":" in user or scheme == "https"):
        hint = "take it out, and let git find it: a credential helper, ~/.netrc, or an SSH key"
        return "the URL holds credentials, and this file is committed", hint
    if user.startswith("-"):
        return "the URL names no user that ssh is asked for", known
    return None


def address_of(url: str, root: str) -> str:
    """Return a URL as git is handed it, with a relative path begun at the control repo's root."""
    return f"{root}/{url}" if url.startswith(("./", "../")) else url
