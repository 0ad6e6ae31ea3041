"""Runs infraops from a checkout: `python cli.py plan` is `infraops plan`."""

from infraops.__main__ import main

if __name__ == "__main__":
    main()
