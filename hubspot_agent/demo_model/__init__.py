"""A rule-based chat model for running the assistant without a key: `DemoModel`.

```
messages ──▶ view ──▶ request ──▶ dialogue ──▶ next_step ──▶ one tool call, or one text
             the data  the typed   the task     what comes    (report: what a tool call did)
             in them   message     it asks for  next in it
```

A request is found by `commands` and `replies`, its data by `lexer`, `fields`, `data` and `target`, all with the
tables in ``words/*.toml``. A `task` is written into the model's own questions and read back from them, for
that is all the memory there is; `drafts` and `answers` fill it in.
"""

from hubspot_agent.demo_model.model import DemoModel

__all__ = ["DemoModel"]
