"""A rule-based chat model for running the assistant without a key: `DemoModel`.

```
messages ──▶ view ──▶ request ──▶ dialogue ──▶ act ──▶ one tool call, or one text
             what it   the typed   what it      the next   (report: what came of a call)
             sees      message     means here   step
```

A request is found by `commands` and `replies`, its data by `lexer`, `fields`, `data` and `whom`, all with the
tables in ``words/*.toml``. A `task` is written into the model's own questions and read back from them, for
that is all the memory there is; `drafts` and `answers` fill it in.
"""

from hubspot_agent.demo_model.model import DemoModel

__all__ = ["DemoModel"]
