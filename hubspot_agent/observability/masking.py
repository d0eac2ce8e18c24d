"""What is shown of a traced run instead of what was said: its shape, with lengths in the place of texts."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import PurePath
from typing import Any
from uuid import UUID

from langchain_core.messages import BaseMessage

#: Words that are shown wherever they stand: LangChain's and our own, which tell of nobody.
_WORDS = frozenset(
    """human ai tool system assistant user function constructor not_implemented langchain langchain_core schema
    messages HumanMessage HumanMessageChunk AIMessage AIMessageChunk SystemMessage ToolMessage ChatGeneration
    ChatGenerationChunk LLMResult tool_call tool_calls invalid_tool_call text success error stop length content_filter
    create_contact update_contact search_contacts search create update undo greeting button agent en nl
    approve edit reject done failed unknown unchanged yes no
    email firstname lastname phone mobilephone company jobtitle address city zip country website lifecyclestage
    hs_lead_status""".split()
)

#: How an answer of our tools begins, when that tells how it went.
_TOLD = re.compile(
    r"(?:Not done|Outcome unknown) \([a-z_]+\)|Created\.|Updated\.|Nothing to change|No contact matches"
    r"|\d{1,5} contacts? match(?:es)?;"
)

#: Larger numbers may be telephone numbers.
_LARGEST_NUMBER = 999_999

_KEY = re.compile(r"[a-z_]{1,40}")
_TAG = re.compile(r"(?:seq|graph|map|branch|langsmith):[\w:]+")
_TYPE_OF_ERROR = re.compile(r"\w+(?=\()")
_PLACE = re.compile(r'File "([^"\n]+)", line (\d+), in (\w+)')

#: Of a run's metadata what LangChain, LangGraph and its servers put there; an application's own may hold anything.
_METADATA = frozenset(
    """langgraph_node langgraph_step langgraph_triggers langgraph_path langgraph_checkpoint_ns langgraph_version
    langgraph_api_version langgraph_plan langgraph_host checkpoint_ns run_attempt graph_id assistant_id run_id
    lc_versions usage_metadata ls_provider ls_model_name ls_model_type ls_temperature ls_max_tokens ls_agent_type
    ls_integration""".split()
)

#: Of a run what says which it is, when it was and where it goes.
_AS_IT_IS = frozenset(
    """id name trace_id parent_run_id dotted_order run_type start_time end_time session_name session_id project_name
    address reference_example_id api_key api_url service_key tenant_id authorization cookie _replica_auths""".split()
)


def masked_run(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what LangSmith may be told of a run; a field that is not known here is left out."""
    run = {name: value for name, value in fields.items() if name in _AS_IT_IS}
    for name in ("inputs", "outputs"):
        if fields.get(name) is not None:
            run[name] = masked(fields[name])
    if fields.get("error") is not None:
        run["error"] = _masked_error(str(fields["error"]))
    if fields.get("tags") is not None:
        run["tags"] = [tag for tag in fields["tags"] if _TAG.fullmatch(tag)]
    if fields.get("events") is not None:
        run["events"] = [{name: each[name] for name in ("name", "time") if name in each} for each in fields["events"]]
    if fields.get("extra") is not None:
        run["extra"] = _masked_extra(fields["extra"])
    return run


def masked(value: Any) -> Any:
    """Return `value` with the same shape, and with lengths in the place of texts."""
    match value:
        case str():
            return value if value in _WORDS else _length(value)
        case None | bool():
            return value
        case int() | float():
            return value if abs(value) <= _LARGEST_NUMBER else "[number]"
        case UUID():
            return str(value)
        case BaseMessage():
            return masked(dict(value))
        case Mapping():
            shown = {_masked_key(key): masked(each) for key, each in value.items()}
            if value.get("type") == "tool" and (told := _TOLD.match(str(value.get("content")))):
                shown["content"] = f"{told[0]} {shown['content']}"
            return shown
        case list() | tuple() | set() | frozenset():
            return [masked(each) for each in value]
    return f"[{type(value).__name__}]"


def _length(text: str) -> str:
    return f"[{len(text)} characters]" if text else ""


def _masked_key(key: object) -> str:
    return key if isinstance(key, str) and _KEY.fullmatch(key) else _length(str(key))


def _masked_error(error: str) -> str:
    """Return the error's type and the places it passed; its message may quote anything."""
    kind = _TYPE_OF_ERROR.match(error)
    places = [f"{PurePath(file).name}:{line} in {function}" for file, line, function in _PLACE.findall(error)]
    return "\n".join([kind[0] if kind else "Error", *places])


def _masked_extra(extra: Mapping[str, Any]) -> dict[str, Any]:
    metadata = extra.get("metadata") or {}
    shown: dict[str, Any] = {name: value for name, value in metadata.items() if name in _METADATA}
    if thread := metadata.get("thread_id"):
        shown["thread_id"] = _masked_id(str(thread))
    return {"metadata": shown, **{name: extra[name] for name in ("runtime",) if name in extra}}


def _masked_id(given: str) -> str:
    """Return a conversation's id when it can be nothing else; a digest in the place of what may be an address."""
    try:
        return str(UUID(given))
    except ValueError:
        return sha256(given.encode()).hexdigest()[:16]
