"""Where a server's signing key comes from."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hubspot_agent.server.signing_key import SigningKeyError, server_settings


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield tmp_path / "hubspot-agent"
    server_settings.cache_clear()


def key() -> str:
    server_settings.cache_clear()
    found = server_settings().signing_key
    assert found
    return found.get_secret_value()


def test_what_is_set_is_taken(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    monkeypatch.setenv("HUBSPOT_AGENT_SIGNING_KEY", "s" * 32)
    assert key() == "s" * 32
    assert not state.exists()


def test_a_short_key_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_AGENT_SIGNING_KEY", "short")
    with pytest.raises(ValueError, match="at least 32"):
        key()


def test_one_is_made_once_for_its_owner_alone(state: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len({*pool.map(lambda _: key(), range(24))}) == 1
    assert [each.name for each in state.iterdir()] == ["signing-key"]
    assert (state / "signing-key").stat().st_mode & 0o777 == 0o600


def test_a_damaged_file_says_what_helps(state: Path) -> None:
    key()
    (state / "signing-key").write_text("")
    with pytest.raises(SigningKeyError, match="Remove it"):
        key()


def test_without_a_place_to_keep_it_the_log_says_what_is_lost(state: Path, caplog: pytest.LogCaptureFixture) -> None:
    state.write_text("a file where the directory should be")
    with caplog.at_level(logging.ERROR):
        assert key() != key()
    assert "HUBSPOT_AGENT_SIGNING_KEY" in caplog.text


@pytest.mark.slow
def test_in_postgresql_all_instances_share_one(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, state: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", postgresql_url)
    with ThreadPoolExecutor(8) as pool:
        assert len({*pool.map(lambda _: key(), range(8))}) == 1
    assert not os.path.lexists(state)


def test_a_database_that_does_not_answer_is_said_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:sesame@127.0.0.1:1/none")
    with pytest.raises(SigningKeyError, match="check DATABASE_URL") as failure:
        key()
    assert "sesame" not in str(failure.value)
