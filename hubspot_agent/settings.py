"""Settings from the environment or a ``.env`` file."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from hubspot_agent.texts import Language, as_language, languages

#: What the assistant may do with a property: write it, ask a person first, or neither.
Rule = Literal["allow", "ask", "deny"]

HUBSPOT_HOST = "https://api.hubapi.com"


def _known(code: str) -> Language:
    language = as_language(code)
    if language is None:
        raise ValueError(f"use one of {', '.join(languages())}")
    return language


def _for_psycopg(url: str) -> str:
    """Return an address of PostgreSQL in the form that its driver takes; SQLAlchemy's, which names one, is Aegra's."""
    return re.sub(r"^postgres(?:ql)?(?:\+\w+)?://", "postgresql://", url)


def _secret_for_psycopg(url: SecretStr) -> SecretStr:
    return SecretStr(_for_psycopg(url.get_secret_value()))


class Settings(BaseSettings):
    """What this package takes from the environment; an unset or empty variable means the default.

    Attributes:
        hubspot_access_token: A service key or private app token of the HubSpot account.
        hubspot_base_url: Where HubSpot's API answers.
        hubspot_portal_id: The account's number, for links to its records.
        hubspot_api_version: ``v3``, or a date version such as ``2026-03``.
        openai_api_key: The key of the OpenAI project that pays for the model.
        openai_base_url: Where an OpenAI-compatible API answers, when it is not OpenAI's own.
        model: A model name as `init_chat_model` takes it.
        model_timeout: Seconds that one call of the model may take, retries included.
        language: The language to greet in, and to answer in when the user's own is not clear.
        field_policy: Which properties the assistant may write: ``{"<name or pattern>": "allow" | "ask" | "deny"}``,
            before the default policy (`hubspot_agent.guardrails.field_policy`).
        shown_properties: Properties that a search shows besides the usual ones, such as the account's own.
        searches_per_second: The account's limit of searches; HubSpot allows 5 (usage guidelines, 2026).
        calls_per_ten_seconds: The account's limit of other calls: 100, 190 or 250, by subscription.
        shared_limits: Where several processes share these limits: the path of a SQLite file, or a URL that
            begins with ``redis://`` or ``postgresql://``.
        create_key_property: A property of the account's own, with unique values, that keeps a creation
            without an e-mail address from happening twice.
        approve_writes: Whether every write waits for a person's approval, whatever the run's context says.
        database_url: The PostgreSQL that keeps conversations, for servers and for the page.
        log_personal_data: Whether logs at DEBUG may hold e-mail addresses.
        default_region: The country, as two letters, of phone numbers written without a country code.
        jwks_url: Where the public keys are of whoever issues the tokens that a server asks for: the URL of a JSON
            Web Key Set, which begins with ``https://`` (``http://`` on this machine).
        jwt_issuer: Who must have issued a token (its `iss`); any holder of a listed key if unset.
        jwt_audience: Whom a token must be for (its `aud`); only tokens for nobody in particular if unset.
        open: Whether a server without an issuer of tokens lets everybody in.
    """

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True)

    hubspot_access_token: SecretStr | None = None
    hubspot_base_url: str = HUBSPOT_HOST
    hubspot_portal_id: str | None = None
    hubspot_api_version: str = "v3"
    openai_api_key: SecretStr | None = None
    openai_base_url: str | None = None
    model: str = Field("gpt-5.4-mini", validation_alias="HUBSPOT_AGENT_MODEL")
    model_timeout: float = Field(60.0, validation_alias="HUBSPOT_AGENT_MODEL_TIMEOUT", gt=0)
    language: Annotated[Language, AfterValidator(_known)] = Field("en", validation_alias="HUBSPOT_AGENT_LANGUAGE")
    default_region: str = Field("NL", validation_alias="HUBSPOT_AGENT_DEFAULT_REGION", pattern="^[A-Z]{2}$")
    field_policy: dict[str, Rule] = Field(default_factory=dict, validation_alias="HUBSPOT_AGENT_FIELD_POLICY")
    shown_properties: tuple[str, ...] = Field((), validation_alias="HUBSPOT_AGENT_SHOWN_PROPERTIES")
    searches_per_second: float = Field(5, validation_alias="HUBSPOT_AGENT_SEARCHES_PER_SECOND", gt=0)
    calls_per_ten_seconds: int = Field(100, validation_alias="HUBSPOT_AGENT_CALLS_PER_TEN_SECONDS", gt=0)
    shared_limits: Annotated[str, AfterValidator(_for_psycopg)] | None = Field(
        None, validation_alias="HUBSPOT_AGENT_SHARED_LIMITS"
    )
    create_key_property: str | None = Field(None, validation_alias="HUBSPOT_AGENT_CREATE_KEY_PROPERTY")
    approve_writes: bool = Field(False, validation_alias="HUBSPOT_AGENT_APPROVE_WRITES")
    database_url: Annotated[SecretStr, AfterValidator(_secret_for_psycopg)] | None = Field(
        None, validation_alias="DATABASE_URL"
    )
    log_personal_data: bool = Field(False, validation_alias="HUBSPOT_AGENT_LOG_PERSONAL_DATA")
    jwks_url: str | None = Field(None, validation_alias="HUBSPOT_AGENT_JWKS_URL")
    jwt_issuer: str | None = Field(None, validation_alias="HUBSPOT_AGENT_JWT_ISSUER")
    jwt_audience: str | None = Field(None, validation_alias="HUBSPOT_AGENT_JWT_AUDIENCE")
    open: bool = Field(False, validation_alias="HUBSPOT_AGENT_OPEN")
