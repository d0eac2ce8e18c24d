"""The models and graphs that `hubspot-agent evaluate` is given by name."""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from inspect import isclass, signature
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from hubspot_agent.demo_model import DemoModel
from hubspot_agent.errors import ModelNotConfiguredError
from hubspot_agent.evals.runner import Model
from hubspot_agent.llm.factory import chat_model
from hubspot_agent.settings import Settings


class UnknownNameError(ValueError):
    """There is no such model or graph; the message says why."""


def model_named(name: str, settings: Settings) -> Model:
    """Return the chat model of that name, or what makes one for a case.

    Args:
        name: ``"demo"``, what `init_chat_model` takes, or ``"module:attribute"`` of a `BaseChatModel`: an instance, or
            a class or function that makes one. One that takes a `tag` is given the case's id, and makes one a case.
        settings: Where the key and the address of an OpenAI model come from.

    Raises:
        UnknownNameError: There is no such model.
        ModelNotConfiguredError: It is OpenAI's, and there is no key.
    """
    if name == "demo":
        return DemoModel()
    if (found := _attribute(name)) is not None:
        return _made_by(name, found)
    if (":" not in name or name.startswith(("openai:", "ft:"))) and settings.openai_api_key is None:
        raise ModelNotConfiguredError("OPENAI_API_KEY")
    try:
        return chat_model(name, settings)
    except ImportError as error:
        raise UnknownNameError(str(error)) from error
    except Exception as error:
        # Not the error's text, which may quote a key.
        raise UnknownNameError(
            f"{name} is neither a model that LangChain knows nor a module with such an attribute "
            f"({type(error).__name__})."
        ) from error


def graph_builder_named(name: str) -> Callable[..., Any]:
    """Return the function ``"module:attribute"``, which builds a graph as `build_graph` does.

    Raises:
        UnknownNameError: There is no such function.
    """
    found = _attribute(name)
    if found is None or not callable(found):
        raise UnknownNameError(f"{name} is not module:function of something that can be imported here.")
    builder: Callable[..., Any] = found
    return builder


def _made_by(name: str, found: Any) -> Model:
    if isinstance(found, BaseChatModel):
        return found
    if not callable(found) or (isclass(found) and not issubclass(found, BaseChatModel)):
        raise UnknownNameError(f"{name} is neither a chat model nor what makes one.")
    if "tag" in signature(found).parameters:
        return lambda tag: found(tag=tag)
    model = found()
    if not isinstance(model, BaseChatModel):
        raise UnknownNameError(f"{name} makes {type(model).__name__}, which is not a chat model.")
    return model


def _attribute(name: str) -> Any:
    """Return ``"module:attribute"``, looked for in the current directory too; `None` when there is none."""
    module, _, attribute = name.partition(":")
    if not attribute.isidentifier() or not all(part.isidentifier() for part in module.split(".")):
        return None
    if (here := str(Path.cwd())) not in sys.path:
        sys.path.append(here)
    try:
        known = find_spec(module) is not None
    except ModuleNotFoundError:
        known = False
    return getattr(import_module(module), attribute, None) if known else None
