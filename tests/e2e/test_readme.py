"""What the README shows works."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

from support.readme_blocks import block

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_import_example_runs():
    output = io.StringIO()
    with redirect_stdout(output):
        exec(compile(block("In your own application"), "README.md", "exec"), {})
    assert "Hello!" in output.getvalue()
    assert output.getvalue().strip().endswith("+31201234567")


def test_the_files_it_names_exist():
    for name in re.findall(r"`([a-z_/]+(?:\.py|/))`", README):
        assert (PROJECT / "hubspot_agent" / name).exists() or (PROJECT / name).exists(), name
