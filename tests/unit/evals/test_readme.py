"""The README's example of a case and of a test that runs cases, as they stand."""

import json
import re
import subprocess
import sys
from pathlib import Path

from support.readme_blocks import PROJECT, block

README = "hubspot_agent/evals/README.md"


def test_the_example_runs_as_a_test(tmp_path: Path) -> None:
    found = re.search(r"```json\n(.*?)```", (PROJECT / README).read_text(encoding="utf-8"), re.DOTALL)
    assert found
    case = json.loads(found[1]) | {
        "turns": ["find Ana", "change her city to Delft"]
    }  # As the demo model understands it.
    (tmp_path / "cases.jsonl").write_text(json.dumps(case))
    (tmp_path / "test_cases.py").write_text(block("Your own cases and graph", README))
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_cases.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr
