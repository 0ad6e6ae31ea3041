"""Reading what the protected branch says of changes, from its files as they were written elsewhere."""

from pathlib import Path

from infraops import __version__
from infraops.controlrepo.documents.composed import Composed
from infraops.controlrepo.documents.composing import compose
from infraops.controlrepo.documents.mistakes import Mistakes
from infraops.controlrepo.environments.reading import read_environments
from infraops.controlrepo.files.contents import tree
from infraops.controlrepo.files.find import SETTINGS
from infraops.controlrepo.governance.policies import DIRECTORY, read_policies
from infraops.controlrepo.governance.prices import DIRECTORY as PRICES
from infraops.controlrepo.governance.prices import read_prices
from infraops.controlrepo.settings import read_settings
from infraops.errors import InvalidInput, NotApproved
from infraops.models.basics.digests import digest_of
from infraops.models.stacks.protected import Protected

FILES = (SETTINGS, "inventories/*/environment.yaml", f"{DIRECTORY}/**", f"{PRICES}/**")  # that have to be written there


def read_protected(root: Path, *, branch: str, commit: str) -> Protected:
    """Read the branch's rules, people and policies; `root` holds the `FILES` of its commit.

    Signers are not among them: only the settings say where those stand. Raises NotApproved where they hold mistakes.
    """
    mistakes = Mistakes()
    environments = read_environments(root, mistakes)
    settings = read_settings(root, environments, mistakes)
    policies = read_policies(root, mistakes, Composed())
    prices = read_prices(root, mistakes, Composed())
    try:
        mistakes.refuse()
    except InvalidInput as error:
        first = error.mistakes[0]
        problem = f"{first.place} there: {first.problem}"
        hint = "mend it there; nobody can say who may approve before"
        raise NotApproved(f"reading the rules on {branch}", problem, hint) from error
    own = root / DIRECTORY
    return Protected(
        branch=branch,
        commit=commit,
        people=settings.change,
        ledger=settings.ledger,
        rules={name: each.file.change for name, each in environments.known.items()},
        policies=policies,
        prices=prices,
        digest=digest_of([__version__, sorted(tree(own)) if own.is_dir() else []]),
    )


def owner_in(text: str, name: str, moved_from: str | None) -> str:
    """Return whom a blueprint's text names as its owner; empty where it is none that can be read, or another one's.

    `name` and `moved_from` are what the blueprint says by now: its file may have held another one, or one that did
    not take over anybody's state.
    """
    document = compose(text, "", Mistakes(), Composed())
    written = document.value if document is not None and isinstance(document.value, dict) else {}
    same = written.get("name") == name and moved_from in (None, written.get("moved_from"))
    owner = written.get("owner") if same or written.get("name") == moved_from else None
    return owner if isinstance(owner, str) else ""
