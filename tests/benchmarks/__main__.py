"""Measures, and prints the figures side by side."""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.subjects import PEOPLE, SUBJECTS
from benchmarks.turns import BARE_TURNS, measured
from hubspot_agent.sandbox import Sandbox


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--turns", type=int, default=150, help="how long the conversation is (default: 150)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    arguments = parser.parse_args()
    with Sandbox(contacts=PEOPLE) as crm, TemporaryDirectory() as directory:
        figures = measured([*SUBJECTS], arguments.turns, Path(directory), crm.url, crm.token)
        for name in SUBJECTS:
            figures[name] |= _of_process(name, crm.url, crm.token, directory)
    print(
        f"One conversation of {arguments.turns} turns, each with a search (of create_agent's at most {BARE_TURNS}: it "
        "keeps them all, in each checkpoint); then a process for each.\n"
    )
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(json.dumps({"turns": arguments.turns, "figures": figures}, indent=2))


def _of_process(name: str, url: str, token: str, directory: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.process", name, url, token, directory]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures as text: a column for each subject, then how the first compares with the last."""
    names = [*figures]
    lines = [f"{'':38}" + "".join(f"{name:>16}" for name in names) + f"{'ratio':>8}"]
    for row in figures[names[0]]:
        values = [figures[name][row] for name in names]
        ratio = values[0] / values[-1] if values[-1] else float("nan")
        lines.append(f"{row:38}" + "".join(f"{value:16.2f}" for value in values) + f"{ratio:8.2f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
