"""Finding the control repo that a directory belongs to."""

from pathlib import Path

from infraops.errors import UsageError

SETTINGS = "infraops.yaml"


def find_root(start: Path) -> Path:
    """Return the nearest directory at or above `start` that holds `infraops.yaml`, resolved.

    Raises UsageError where there is none.
    """
    here = start.resolve()
    for directory in (here, *here.parents):
        try:
            if (directory / SETTINGS).is_file():
                return directory
        except OSError:  # a parent that may not be read holds no settings for us
            continue
    raise UsageError(
        "finding the control repo",
        f"there is no {SETTINGS} in {here} or above",
        "change into a control repo, or make one with `infraops init`",
    )
