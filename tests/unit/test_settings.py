"""The settings are described in one place, and what is written of them elsewhere is made of that."""

import re

import pytest

from hubspot_agent.settings import Settings
from support.settings_reference import FILES, dotenv


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_the_reference_is_current(file):
    assert file.read_text(encoding="utf-8") == FILES[file](), "run `make docs`"


def test_every_example_can_be_used(tmp_path):
    file = tmp_path / ".env"
    file.write_text(re.sub(r"^# ([A-Z_]+=)", r"\1", dotenv(), flags=re.MULTILINE), encoding="utf-8")
    read = Settings(_env_file=file)
    assert read.shown_properties == ("loyalty_tier",)
    assert read.field_policy == {"hs_lead_status": "ask"}
    assert read.model_timeout == Settings(_env_file=None).model_timeout
