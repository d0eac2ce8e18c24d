"""Settings from the environment or a ``.env`` file."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from hubspot_agent.texts import Language, as_language, languages

#: What the assistant may do with a property: write it, ask a person first, or neither.
Rule = Literal["allow", "ask", "deny"]

HUBSPOT_HOST = "https://api.hubapi.com"

#: How long a signing key must be, in characters.
SIGNING_KEY_LENGTH = 32


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
    """What this package takes from the environment; an unset or empty variable means the default."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True)

    hubspot_access_token: SecretStr | None = Field(
        None,
        description="A service key or private app token of the HubSpot account, with the scopes "
        "`crm.objects.contacts.read` and `.write`; for owners and company records also `crm.objects.owners.read`, "
        "`crm.objects.companies.read` and `.write`.",
    )
    hubspot_base_url: str = Field(HUBSPOT_HOST, description="Where HubSpot's API answers.")
    hubspot_portal_id: str | None = Field(None, description="The account's number, for links to its records.")
    hubspot_api_version: str = Field(
        "v3", description="The version of HubSpot's API: `v3`, or a date version such as `2026-03`."
    )
    openai_api_key: SecretStr | None = Field(None, description="The key of the OpenAI project that pays for the model.")
    openai_base_url: str | None = Field(
        None, description="Where an OpenAI-compatible API answers, when it is not OpenAI's own."
    )
    model: str = Field(
        "gpt-5.4-mini",
        validation_alias="HUBSPOT_AGENT_MODEL",
        description="The chat model: a name as LangChain's `init_chat_model` takes it.",
    )
    model_timeout: float = Field(
        60.0,
        validation_alias="HUBSPOT_AGENT_MODEL_TIMEOUT",
        gt=0,
        description="Seconds that the model may be silent, before an answer and within one.",
    )
    language: Annotated[Language, AfterValidator(_known)] = Field(
        "en",
        validation_alias="HUBSPOT_AGENT_LANGUAGE",
        description="The language to greet in, and to answer in when the user's own is not clear: `en` or `nl`.",
    )
    default_region: str = Field(
        "NL",
        validation_alias="HUBSPOT_AGENT_DEFAULT_REGION",
        pattern="^[A-Z]{2}$",
        description="The country, as two letters, of phone numbers written without a country code.",
    )
    conversations_kept_days: int | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_CONVERSATIONS_KEPT_DAYS",
        gt=0,
        description="After how many days without a change the page removes a conversation; unset keeps all.",
    )
    oidc_issuer: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_OIDC_ISSUER",
        description="The OpenID provider at which users of the page log in.",
        examples=["https://accounts.google.com"],
    )
    oidc_client_id: str | None = Field(
        None, validation_alias="HUBSPOT_AGENT_OIDC_CLIENT_ID", description="What the provider calls the page."
    )
    oidc_client_secret: SecretStr | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_OIDC_CLIENT_SECRET",
        description="The secret that the provider shares with the page.",
    )
    oidc_allowed: tuple[str, ...] = Field(
        (),
        validation_alias="HUBSPOT_AGENT_OIDC_ALLOWED",
        description="The e-mail addresses, or their domains, of who may log in; unset lets in everybody whom the "
        "provider knows.",
        examples=['["acme.example", "ana@globex.example"]'],
    )
    proxy_user_header: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_PROXY_USER_HEADER",
        description="The header in which an authenticating proxy before the page names the user.",
        examples=["X-Forwarded-Email"],
    )
    proxy_address: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_PROXY_ADDRESS",
        description="The address or network of that proxy; who asks from elsewhere is not let in.",
        examples=["10.0.0.0/24"],
    )
    field_policy: dict[str, Rule] = Field(
        default_factory=dict,
        validation_alias="HUBSPOT_AGENT_FIELD_POLICY",
        description="Which properties the assistant may write, by name or pattern: `allow`, `ask` a person first, "
        "or `deny`. Goes before the default policy (`guardrails/field_policy.py`).",
        examples=['{"hs_lead_status": "ask"}'],
    )
    shown_properties: tuple[str, ...] = Field(
        (),
        validation_alias="HUBSPOT_AGENT_SHOWN_PROPERTIES",
        description="Properties that a search shows besides the usual ones, such as the account's own.",
        examples=['["loyalty_tier"]'],
    )
    searches_per_second: float = Field(
        5,
        validation_alias="HUBSPOT_AGENT_SEARCHES_PER_SECOND",
        gt=0,
        description="The account's limit of searches; HubSpot allows 5 (usage guidelines, 2026).",
    )
    calls_per_ten_seconds: int = Field(
        100,
        validation_alias="HUBSPOT_AGENT_CALLS_PER_TEN_SECONDS",
        gt=0,
        description="The account's limit of other calls: 100, 190 or 250, by subscription.",
    )
    shared_limits: Annotated[str, AfterValidator(_for_psycopg)] | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_SHARED_LIMITS",
        description="Where several processes share these limits: the path of a SQLite file, or a URL that begins "
        "with `redis://` or `postgresql://`.",
        examples=["redis://127.0.0.1:6379"],
    )
    create_key_property: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_CREATE_KEY_PROPERTY",
        description="A property of the account's own, with unique values, that keeps a creation without an e-mail "
        "address from happening twice.",
    )
    hubspot_timeout: float = Field(
        20.0,
        validation_alias="HUBSPOT_AGENT_HUBSPOT_TIMEOUT",
        gt=0,
        description="Seconds that all calls of HubSpot in one turn may take together, their waits and repetitions "
        "included.",
    )
    approve_writes: bool = Field(
        False,
        validation_alias="HUBSPOT_AGENT_APPROVE_WRITES",
        description="Whether every write waits for a person's approval, whatever the run's context says.",
    )
    database_url: Annotated[SecretStr, AfterValidator(_secret_for_psycopg)] | None = Field(
        None,
        validation_alias="DATABASE_URL",
        description="The PostgreSQL that keeps conversations, for servers and for the page.",
        examples=["postgresql://user:password@127.0.0.1/assistant"],
    )
    prune_checkpoints: bool = Field(
        False,
        validation_alias="HUBSPOT_AGENT_PRUNE_CHECKPOINTS",
        description="Whether only the newest checkpoint of a conversation is kept when a turn has ended, where the "
        "checkpointer can prune; Studio then has no earlier steps to go back to. The terminal and the page always do.",
    )
    log_personal_data: bool = Field(
        False,
        validation_alias="HUBSPOT_AGENT_LOG_PERSONAL_DATA",
        description="Whether logs at DEBUG may hold e-mail addresses.",
    )
    jwks_url: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_JWKS_URL",
        description="The JSON Web Key Set of whoever issues the tokens that a server asks for: a URL that begins with "
        "`https://` (`http://` on this machine).",
        examples=["https://login.example.com/.well-known/jwks.json"],
    )
    jwt_issuer: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_JWT_ISSUER",
        description="Who must have issued a token (its `iss`); any holder of a listed key if unset.",
    )
    jwt_audience: str | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_JWT_AUDIENCE",
        description="Whom a token must be for (its `aud`); only tokens for nobody in particular if unset.",
    )
    signing_key: SecretStr | None = Field(
        None,
        validation_alias="HUBSPOT_AGENT_SIGNING_KEY",
        min_length=SIGNING_KEY_LENGTH,
        description="The secret with which a server signs what undo and approval rely on, so that no client can forge "
        "it; the same on all instances. Unset, servers keep one in `DATABASE_URL`, or in the state directory.",
    )
    open: bool = Field(
        False,
        validation_alias="HUBSPOT_AGENT_OPEN",
        description="Whether a server without an issuer of tokens lets everybody in.",
    )
