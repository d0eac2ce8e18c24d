"""Understand a message as the answer to the question before it."""

from hubspot_agent.demo_model.drafts import (
    chosen_options,
    contact_fields,
    is_complete,
    next_question,
    not_understood,
    search_fields,
    update_parts,
)
from hubspot_agent.demo_model.fields import named_value
from hubspot_agent.demo_model.lexer import as_text, tokens
from hubspot_agent.demo_model.request import Request
from hubspot_agent.demo_model.target import is_surely_name, search_criteria
from hubspot_agent.demo_model.task import Task, label, search_words
from hubspot_agent.demo_model.view import View

_YES_NO = tuple(f"demo.{step}_{kind}" for step in ("confirm", "offer") for kind in ("search", "create", "update"))


def continue_task(pending: Task, request: Request, view: View) -> Task | str | None:
    """Return how `pending` goes on after the message; `None` when that is no answer to it."""
    if request.negated and not (request.answer and request.data.empty):
        return _refused(pending, request, view)
    if pending.ask in ("demo.pick", "demo.more"):
        return _picked(pending, view)
    if pending.ask in ("demo.which_one", "demo.which_first"):
        return _chosen(pending, request, view)
    if pending.ask in _YES_NO and request.answer in ("yes", "no") and request.data.empty:
        return _yes(pending) if request.answer == "yes" else _no(pending, view)
    if pending.ask == "graph.ask_search":
        return _search_target(request, view)
    if pending.kind == "search":
        return None
    return _created(pending, request, view) if pending.kind == "create" else _updated(pending, request, view)


def _yes(pending: Task) -> Task:
    if pending.ask == "demo.offer_create" and not is_complete(pending.fields):
        return next_question(pending)
    pending.ask = ""
    return pending


def _no(pending: Task, view: View) -> Task | str:
    if pending.ask.startswith("demo.offer") or pending.ask == "demo.confirm_search":
        return view.texts("demo.cancelled")
    pending.ask = f"demo.change_{pending.kind}"
    return pending


def _refused(pending: Task, request: Request, view: View) -> Task | str | None:
    """Take "she has no e-mail" as an answer, and "don't create it" as the end."""
    if request.refused:
        return view.texts("demo.cancelled")
    return _skip(pending) if pending.ask in ("demo.ask_name", "demo.ask_email") else None


def _skip(pending: Task) -> Task:
    pending.skipped.append("name" if pending.ask == "demo.ask_name" else "email")
    return next_question(pending)


def _search_target(request: Request, view: View) -> Task | None:
    fields, leftover = search_fields(request.data)
    if not fields and not request.data.everybody:
        return None
    return Task("search", fields, notes=not_understood(view, leftover))


def _picked(pending: Task, view: View) -> Task | None:
    lines = chosen_options(pending.options, view.typed)
    if len(lines) != 1:
        return None
    # Looked up rather than repeated: a contact found alone is the one that "her" means.
    return Task("search", search_criteria(search_words(lines[0])))


def _chosen(pending: Task, request: Request, view: View) -> Task | None:
    lines = chosen_options(pending.options, view.typed)
    if request.question and not lines:
        return None
    if len(lines) == 1:
        pending.target, pending.options = lines[0], []
        pending.confirm = pending.ask == "demo.which_first"
        pending.ask = "" if pending.fields or pending.cleared or pending.wanted else "demo.ask_changes"
    elif request.data.emails and not lines:
        # More contacts match than were shown.
        pending.target, pending.options, pending.ask = request.data.emails[0], [], ""
    else:
        words = as_text(tokens(view.typed)) or "?"
        pending.notes = [view.texts("demo.not_among", words=words)]
    return pending


def _created(pending: Task, request: Request, view: View) -> Task | None:
    if request.answer == "skip" and pending.ask in ("demo.ask_name", "demo.ask_email"):
        return _skip(pending)
    fields, leftover = contact_fields(request.data)
    if pending.ask not in ("graph.ask_create", "demo.ask_name"):
        # Only the first two questions ask for a name; elsewhere loose words are no answer.
        loose = [as_text(piece) for piece in request.data.about]
        if loose and not (request.data.fields or request.data.emails or request.data.phones):
            fields, leftover = {}, []
    pending.fields |= fields
    pending.notes = not_understood(view, leftover + request.data.doubtful)
    if not fields:
        if pending.ask == "demo.ask_email":
            pending.notes = [view.texts("demo.not_email")]
            return pending
        return None
    pending.skipped = [prop for prop in pending.skipped if prop not in fields]
    return next_question(pending)


def _updated(pending: Task, request: Request, view: View) -> Task | None:
    data = request.data
    if pending.ask == "demo.ask_value" and pending.wanted and not (data.fields or request.answer):
        return _value(pending, request, view)
    target, fields, leftover = update_parts(data)
    asks_whom = pending.ask in ("graph.ask_update", "demo.which_contact")
    if asks_whom and not target and list(fields) == ["email"]:
        target, fields = fields.pop("email"), {}
    new_target = target and (asks_whom or bool(data.emails) or all(map(is_surely_name, data.about)))
    if not asks_whom and fields and new_target and not data.owner:
        new_target, leftover = False, [target, *leftover]
    if not (fields or new_target or data.named):
        return None
    pending.target = target if new_target else pending.target
    pending.fields |= fields
    pending.wanted = [prop for prop in [*pending.wanted, *data.named] if prop not in fields]
    pending.notes = not_understood(view, leftover + data.doubtful)
    return next_question(pending)


def _value(pending: Task, request: Request, view: View) -> Task | None:
    """Take the whole message as the value that was asked for."""
    prop = pending.wanted[0]
    value = {
        "email": request.data.emails,
        "phone": request.data.phones,
        "mobilephone": request.data.phones,
    }.get(prop, [named_value(prop, tokens(view.typed))])
    if not value or not value[0]:
        pending.notes = [view.texts("demo.not_value", field=label(prop, view.texts))]
        return pending
    pending.fields[prop], pending.wanted = value[0], pending.wanted[1:]
    return next_question(pending)
