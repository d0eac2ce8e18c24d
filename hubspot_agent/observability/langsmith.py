"""What LangSmith's own settings send of a conversation to it."""

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _variable(name: str, *older_names: str) -> AliasChoices:
    return AliasChoices(*(f"{prefix}_{each}" for each in (name, *older_names) for prefix in ("LANGSMITH", "LANGCHAIN")))


class LangSmithSettings(BaseSettings):
    """LangSmith's variables, from the environment or a ``.env`` file.

    LangSmith compares each with "true" as it stands: "1" and "True" turn nothing on.

    Attributes:
        tracing: Whether every step of a conversation is sent to LangSmith.
        hide_inputs: Whether steps are sent without what they were given.
        hide_outputs: Whether steps are sent without what came of them.
    """

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore")

    tracing: str = Field("", validation_alias=_variable("TRACING_V2", "TRACING"))
    hide_inputs: str = Field("", validation_alias=_variable("HIDE_INPUTS"))
    hide_outputs: str = Field("", validation_alias=_variable("HIDE_OUTPUTS"))

    @property
    def enabled(self) -> bool:
        """Whether anything is sent."""
        return self.tracing == "true"

    @property
    def shows_conversations(self) -> bool:
        """Whether what people say and the contacts are sent."""
        return self.enabled and not self.hide_inputs == self.hide_outputs == "true"
