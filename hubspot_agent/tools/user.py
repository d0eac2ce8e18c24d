"""Who is chatting, for the tools: the user of the run that they are called in."""

from hubspot_agent.state import run_context


def current_user() -> str | None:
    """Return the user of the run under way, as `Context.user` names it; `None` outside of a run."""
    try:
        return run_context().user
    except (RuntimeError, AttributeError):  # No run at all, or one without a context, as of a tool alone.
        return None
