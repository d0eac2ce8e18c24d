"""`hubspot-agent doctor`: checks keys, rights and limits, and says what to do about what is wrong."""

import argparse

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
    failed = 0
    for finding in examine(settings, texts.language):
        outcome = texts(f"doctor.{finding.outcome}")
        print(f"{outcome:<{_OUTCOME_WIDTH}}{finding.check}{': ' if finding.said else ''}{finding.said}", flush=True)
        if finding.outcome == "failed":
            failed += 1
            print(" " * _OUTCOME_WIDTH + texts("doctor.fix", fix=finding.fix), flush=True)
    print(texts("doctor.summary_failed" if failed else "doctor.summary_ok", failed=failed))
    return FAILED if failed else OK
