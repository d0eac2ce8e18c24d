"""`hubspot-agent doctor`: checks keys, rights and limits, and says what to do about what is wrong."""

import argparse
from collections import Counter

from hubspot_agent.cli.common import FAILED, OK, load_settings
from hubspot_agent.texts import Texts

HELP = "check keys, rights and limits; changes nothing"
EXTRA = None

_OUTCOME_WIDTH = 13


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add no argument: the command has none of its own."""


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Print each finding, and return whether a check failed as the exit status."""
    from hubspot_agent.cli.doctor_checks import examine

    settings = load_settings()
    texts = Texts(options.language or settings.language)
    outcomes: Counter[str] = Counter()
    for finding in examine(settings, texts, options.state_dir):
        outcome = texts(f"doctor.{finding.outcome}")
        print(f"{outcome:<{_OUTCOME_WIDTH}}{finding.check}{': ' if finding.detail else ''}{finding.detail}", flush=True)
        outcomes[finding.outcome] += 1
        if finding.fix:
            print(" " * _OUTCOME_WIDTH + texts("doctor.fix", fix=finding.fix), flush=True)
    failed = outcomes["failed"]
    summary = "summary_failed" if failed else "summary_warned" if outcomes["warning"] else "summary_ok"
    print(texts(f"doctor.{summary}", failed=failed))
    return FAILED if failed else OK
