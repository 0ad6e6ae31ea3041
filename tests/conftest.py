"""Settings of the whole test suite."""

import os

from hypothesis import settings

# In CI a change is judged by the same examples every time; elsewhere new ones are looked for.
settings.register_profile("ci", derandomize=True, print_blob=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
