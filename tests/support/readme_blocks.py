"""The README's blocks of Python, for tests that run them as they stand."""

import os
import re
from pathlib import Path

README = Path(os.environ.get("HUBSPOT_AGENT_README") or Path(__file__).parents[2] / "README.md")


def block(heading: str) -> str:
    """Return the first block of Python under `heading`."""
    _, _, section = README.read_text(encoding="utf-8").partition(f"# {heading}\n")
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found, f"no block of Python under {heading!r}"
    return found[1]
