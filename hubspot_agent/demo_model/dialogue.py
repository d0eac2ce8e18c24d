"""Decide what a typed message means in its conversation: a task to carry out, or something to say.

Nothing here calls a tool. A write follows only from an explicit request or from "yes" to a question
that repeated it.
"""

from hubspot_agent.demo_model.answers import continue_task
from hubspot_agent.demo_model.drafts import (
    by_position,
    contact_fields,
    contacts_in_focus,
    is_complete,
    next_question,
    not_understood,
    search_fields,
    update_parts,
    written_as_name,
)
from hubspot_agent.demo_model.lexer import tokens
from hubspot_agent.demo_model.request import Request, parse_request
from hubspot_agent.demo_model.target import is_searchable, is_surely_name, search_criteria
from hubspot_agent.demo_model.task import PART_SEPARATOR, Task, parse_task, search_words
from hubspot_agent.demo_model.view import View

#: Longer messages are no request that rules can understand.
MAX_MESSAGE_CHARACTERS = 2000


def decide(view: View) -> Task | str:
    """Return the task to go on with, or what to say."""
    pending = parse_task(view.previous_answer)

    def say(*keys: str) -> Task | str:
        """Say something, and what is being asked once more: it is the only memory of it."""
        said = " ".join(view.texts(f"demo.{key}") for key in keys)
        if pending is None or (pending.kind == "search" and pending.ask != "graph.ask_search"):
            return said
        pending.notes = [said]
        return pending

    if len(view.typed) > MAX_MESSAGE_CHARACTERS:
        return say("too_long")
    request = parse_request(view.typed)
    if request.refused and not pending:
        return say("nothing_done", "help")
    if request.several:
        return say("one_at_a_time")
    if request.verb == "other":
        return say("cannot")
    if request.answer == "cancel":
        return view.texts("demo.cancelled" if pending else "demo.nothing_done")
    if request.answer == "more":
        return Task("search", pending.fields) if pending and pending.ask == "demo.more" else say("no_more")
    if request.verb and not request.negated:
        return _requested(request, pending, view)
    if request.small_talk:
        return say("about", "help") if request.small_talk == "about" else say(request.small_talk)
    answer = continue_task(pending, request, view) if pending else None
    if view.approve_writes and isinstance(answer, Task) and not answer.notes:
        # The user is about to be shown it all and asked; once is enough.
        answer.confirm = False
        answer.ask = "" if answer.ask == "demo.confirm_create" else answer.ask
    busy = pending is not None and pending.kind != "search"
    return answer or _without_request(request, view) or (say("lost") if busy else say("lost", "about", "help"))


def _requested(request: Request, pending: Task | None, view: View) -> Task:
    """Go on with an explicit request."""
    if request.verb == "search":
        return _search(request, view)
    draft = pending if pending and pending.kind != "search" and not pending.options else None
    if draft and _adds_to(draft, request):
        target, fields, leftover = update_parts(request.data)
        draft.fields |= fields
        draft.cleared += request.cleared
        draft.wanted = [prop for prop in [*draft.wanted, *request.data.named] if prop not in fields]
        draft.notes = not_understood(view, leftover + request.data.doubtful)
        draft.target = draft.target or target
        return next_question(draft)
    return _create(request, view) if request.verb == "create" else _update(request, view)


def _adds_to(draft: Task, request: Request) -> bool:
    """Tell whether a request goes on with what is being asked: it names a field and nobody else."""
    data = request.data
    somebody = data.owner or data.about or data.emails
    return not somebody and bool(data.fields or request.cleared) and bool(draft.target or draft.kind == "create")


def _search(request: Request, view: View) -> Task:
    data = request.data
    fields, leftover = search_fields(data)
    if not fields and (data.pronoun or data.named):
        lines, _ = contacts_in_focus(view)
        fields = search_criteria(search_words(lines[0])) if len(lines) == 1 else {}
    task = Task("search", fields, wanted=data.named, notes=not_understood(view, leftover))
    if not fields and (leftover or not data.everybody):
        task.ask = "graph.ask_search"
    return task


def _create(request: Request, view: View) -> Task:
    fields, leftover = contact_fields(request.data)
    doubts = leftover + request.data.doubtful + ([request.rest] if request.rest else [])
    task = Task("create", fields, notes=not_understood(view, doubts))
    if not fields:
        task.ask = "graph.ask_create"
        return task
    if is_complete(fields) and not doubts and written_as_name(request.data):
        return task
    return next_question(task)


def _update(request: Request, view: View, *, confirm: bool = False) -> Task:
    data = request.data
    target, fields, leftover = update_parts(data)
    doubts = leftover + data.doubtful + ([request.rest] if request.rest else [])
    if not is_searchable(tokens(search_criteria(target).get("query", ""))):
        doubts, target = [target, *doubts], ""
    task = Task("update", fields, request.cleared, wanted=data.named, target=target, confirm=confirm or bool(doubts))
    task.notes = not_understood(view, doubts)
    if target:
        return _resolve_target(task, view)
    if not (fields or request.cleared or data.named or data.pronoun):
        task.ask = "graph.ask_update"
        return task
    lines, shown = contacts_in_focus(view)
    if len(lines) == 1:
        task.target = lines[0]
        task.confirm |= not (shown and (data.pronoun or data.noun))
    elif lines:
        task.options, task.ask = lines, "demo.which_first" if task.confirm else "demo.which_one"
    else:
        task.ask = "demo.which_contact"
    return task


def _resolve_target(task: Task, view: View) -> Task:
    """Take the contact in mind when the words name it: "Ana's phone" right after Ana was found, "the second"."""
    lines, shown = contacts_in_focus(view)
    placed = by_position(lines, task.target)
    task.target = placed[0] if placed else task.target
    words = set(task.target.casefold().split())
    if shown and len(lines) == 1 and words <= set(lines[0].partition(PART_SEPARATOR)[0].casefold().split()):
        task.target = lines[0]
    return task


def _without_request(request: Request, view: View) -> Task | None:
    """Make something of a message without a request in it: a question, a statement, a name."""
    data = request.data
    if request.negated or request.answer:
        return None
    if request.question or (data.named and not data.names_nobody and not data.fields):
        # "who works at Acme?", "Ana's phone number"
        task = _search(request, view)
        return None if task.ask else task
    if data.fields and (data.pronoun or len(data.about) == 1 or data.owner) and written_as_name(data):
        # "her new number is ...": nobody asked for a change, so ask.
        return _update(request, view, confirm=True)
    bare = not (data.fields or data.named or data.owner)
    if bare and not data.about and len(data.emails) + len(data.phones) == 1:
        return _search(request, view)
    if bare and len(data.about) == 1 and not data.emails and is_surely_name(data.about[0]):
        task = _search(request, view)
        task.ask = task.ask or ("" if data.noun else "demo.confirm_search")
        return task
    return None
