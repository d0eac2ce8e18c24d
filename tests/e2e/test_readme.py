"""What the README shows works."""

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

from hubspot_agent.settings import Settings
from support.readme_blocks import block

PROJECT = Path(__file__).parents[2]
README = (PROJECT / "README.md").read_text(encoding="utf-8")


def test_the_import_example_runs():
    output = io.StringIO()
    with redirect_stdout(output):
        exec(compile(block("In your own application"), "README.md", "exec"), {})
    assert "Hello!" in output.getvalue()
    assert output.getvalue().strip().endswith("+31201234567")


def test_every_setting_is_listed_with_its_default():
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", README, re.MULTILINE))
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    for name, field in Settings.model_fields.items():
        variable = str(field.validation_alias or name.upper())
        assert variable in rows
        assert variable in example
        if isinstance(field.default, str | int | float):
            assert rows[variable] == f"`{str(field.default).removesuffix('.0')}`"


def test_the_files_it_names_exist():
    for name in re.findall(r"`([a-z_/]+(?:\.py|/))`", README):
        assert (PROJECT / "hubspot_agent" / name).exists() or (PROJECT / name).exists(), name
