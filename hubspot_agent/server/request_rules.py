"""What users may send to a server that asks for tokens: what they say, press and decide, and nothing else.

A server of LangGraph's API takes far more: values for the state, updates and jumps in a command, messages of the
assistant and of tools. The models here are what of it belongs to a chat; a request passes as they read it, so that
nothing gets through which was not looked at.
"""

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
)

#: Keys of a run's configuration that LangGraph and its servers keep to themselves begin so.
_INTERNAL_KEYS = ("__", "langgraph_", "run_id")

#: The one of them that is the caller's: that a larger graph goes on, and so its node does.
_RESUMING = "__pregel_resuming"

#: Whose messages the conversation has already, in a role's or a type's name.
_GIVEN_BACK = {"assistant", "ai", "tool"}

_Object = dict[str, JsonValue]


class _Closed(BaseModel):
    """Has the fields that are named, and refuses others."""

    model_config = ConfigDict(extra="forbid")


def _as_fields(message: object) -> object:
    """Return a message in one of its shorter forms, as LangChain takes them, as its fields."""
    match message:
        case str():
            return {"role": "user", "content": message}
        case [role, content]:
            return {"role": role, "content": content}
        case dict() if not message.keys() & {"role", "type"}:
            raise ValueError('its "role" is missing')
    return message


class HumanMessage(BaseModel):
    """A message that the user typed; what else comes with it is left out."""

    role: Literal["user", "human"] = "user"
    type: Literal["user", "human"] = "human"
    content: str | list[str | _Object]
    id: str | None = None
    name: str | None = None


def _of_the_user(messages: object) -> object:
    """Return `messages` without those that a larger graph, or Agent Chat UI, gives back with what the user typed."""
    listed = [messages] if isinstance(messages, str | dict) else messages
    if not isinstance(listed, list):
        return listed
    given = [_as_fields(each) for each in listed]
    kept = [each for each in given if not (isinstance(each, dict) and _roles(each) & _GIVEN_BACK)]
    if given and not kept:
        raise ValueError("none of them is of the user")
    return kept


def _roles(message: dict[str, object]) -> set[str]:
    return {each for each in (message.get("role"), message.get("type")) if isinstance(each, str)}


class TurnInput(_Closed):
    """The input of a run: what the graph's `ChatInput` takes, of the user's alone."""

    messages: Annotated[list[HumanMessage] | None, BeforeValidator(_of_the_user)] = None
    action: str | None = None


class Resume(_Closed):
    """The command of a run: the decisions that a pause waits for, and the fields of `Command` that are not used."""

    resume: JsonValue = None
    update: None = None
    goto: Annotated[list[JsonValue], Field(max_length=0)] | None = None
    graph: None = None


def _without_internal_keys(configurable: _Object) -> _Object:
    """Return `configurable` without what a `RemoteGraph` in a larger graph sends of that one, but for `_RESUMING`."""
    kept = {name: value for name, value in configurable.items() if not name.startswith(_INTERNAL_KEYS)}
    return {**kept, _RESUMING: True} if configurable.get(_RESUMING) is True else kept


class Config(_Closed):
    """The configuration of a run."""

    configurable: Annotated[_Object, AfterValidator(_without_internal_keys)] | None = None
    metadata: _Object | None = None
    recursion_limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    tags: list[str] | None = None


class Checkpoint(_Closed):
    """The place in the conversation that a run goes on from: never one within the agent."""

    thread_id: str | None = None
    checkpoint_id: str | None = None
    checkpoint_ns: Literal["", None] = None
    checkpoint_map: _Object | None = None


class AnyCheckpoint(Checkpoint):
    """A place in the conversation to look at, within the agent too."""

    checkpoint_ns: str | None = None  # type: ignore[assignment]


class Run(_Closed):
    """The body of a request that starts a run. A webhook would have the server send what was said elsewhere."""

    assistant_id: str
    input: TurnInput | None = None
    command: Resume | None = None
    config: Config | None = None
    context: _Object | None = None
    metadata: _Object | None = None
    checkpoint: Checkpoint | None = None
    checkpoint_id: str | None = None
    webhook: None = None
    after_seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None
    checkpoint_during: bool | None = None
    durability: str | None = None
    feedback_keys: list[str] | None = None
    if_not_exists: str | None = None
    interrupt_after: str | list[str] | None = None
    interrupt_before: str | list[str] | None = None
    langsmith_tracer: _Object | None = None
    multitask_strategy: str | None = None
    multitaskStrategy: str | None = None  # What run.start calls it.
    on_completion: str | None = None
    on_disconnect: str | None = None
    stream: bool | None = None
    stream_mode: str | list[str] | None = None
    stream_resumable: bool | None = None
    stream_subgraphs: bool | None = None


class NewThread(_Closed):
    """The body of a request that makes a conversation, without the state that servers would fill it with."""

    thread_id: str | None = None
    metadata: _Object | None = None
    if_exists: str | None = None
    ttl: JsonValue = None


class ThreadPatch(_Closed):
    """The body of a request that changes a conversation's metadata."""

    metadata: _Object | None = None
    ttl: JsonValue = None


class ThreadSearch(_Closed):
    """The body of a request that lists or counts conversations: by anything but what is said in them."""

    ids: list[str] | None = None
    metadata: _Object | None = None
    status: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    offset: Annotated[int, Field(ge=0)] | None = None
    sort_by: str | None = None
    sort_order: str | None = None
    select: list[str] | None = None
    extract: dict[str, str] | None = None


class History(_Closed):
    """The body of a request for the former states of a conversation."""

    limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    before: str | Checkpoint | None = None
    checkpoint: AnyCheckpoint | None = None
    checkpoint_ns: str | None = None
    subgraphs: bool | None = None


class TurnOrDecisions(TurnInput):
    """The input of ``run.start``, by which servers resume a conversation that waits."""

    decisions: JsonValue = None


class RunStart(Run):
    """The parameters of the command ``run.start``."""

    input: TurnOrDecisions | None = None


class InputRespond(_Closed):
    """The parameters of the command ``input.respond``, without those that write into the state."""

    interrupt_id: str | None = None
    namespace: list[str] | None = None
    response: JsonValue = None
    responses: list[_Object] | None = None
    assistant_id: str | None = None
    config: Config | None = None
    context: _Object | None = None
    metadata: _Object | None = None


class CommandBody(_Closed):
    """A command of the event streams: those that start and resume a run, and those that read."""

    id: int
    method: Annotated[str, StringConstraints(pattern=r"^(run\.start|input\.respond|agent\.\w+|subscription\.\w+)$")]
    params: _Object = {}


_PARAMETERS: dict[str, type[BaseModel]] = {"run.start": RunStart, "input.respond": InputRespond}


def command(body: object) -> CommandBody:
    """Return a command whose parameters are as its method takes them."""
    read = CommandBody.model_validate(body)
    if parameters := _PARAMETERS.get(read.method):
        read.params = as_json(parameters.model_validate(read.params))
    return read


def as_json(read: Any) -> Any:
    """Return what was read, as it is passed on: the fields that were sent."""
    return TypeAdapter(type(read)).dump_python(read, mode="json", exclude_unset=True)
