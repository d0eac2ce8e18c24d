"""Measures how often an assistant leaves the CRM in the right state: `hubspot-agent evaluate`.

```
cases/*.jsonl ──▶ cases ──▶ runner ──▶ conversation ──▶ verdict ──▶ summary ──▶ report
what must be so   read and   several    one case on a    end state    numbers     table, JSON,
                  checked    at once    sandbox of its   compared     of the run  comparison
                                        own
```

The headline number is code, never a judge model: what the sandbox holds after the conversation is compared with what
the case says, contact by contact and property by property, and everything the case does not name must be as it was.
Needs the extra `evals`.
"""

from hubspot_agent.evals.cases import Case, read_cases
from hubspot_agent.evals.runner import Evaluation, evaluate, run_case
from hubspot_agent.evals.summary import Summary, summary
from hubspot_agent.evals.verdict import CaseResult

__all__ = ["Case", "CaseResult", "Evaluation", "Summary", "evaluate", "read_cases", "run_case", "summary"]
