"""The READMEs' blocks of Python, for tests that run them as they stand."""

import re
from pathlib import Path

PROJECT = Path(__file__).parents[2]


def block(heading: str, file: str = "README.md") -> str:
    """Return the first block of Python under `heading` of a file of the project."""
    _, _, section = (PROJECT / file).read_text(encoding="utf-8").partition(f"# {heading}\n")
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found, f"no block of Python under {heading!r} in {file}"
    return found[1]
