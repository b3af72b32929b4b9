"""What every service can be told by its environment.

`TONGXIN_<NAME>` is for all services, `TONGXIN_<SERVICE>_<NAME>` for one and wins.
"""

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from typing_extensions import override

from services.kit.clock import clock_from
from services.kit.kafka.settings import KafkaSettings
from services.kit.process.secret_settings import secrets_in
from services.kit.sql.database import database_url

LOOPBACK = "127.0.0.1"

Port = Annotated[int, Field(ge=0, le=65_535)]
"""A TCP port; 0 for any that is free."""

LogLevel = Annotated[
    Literal["debug", "info", "warning", "error", "critical"],
    BeforeValidator(lambda level: level.lower() if isinstance(level, str) else level),
]
"""From which level log records are written; capitals do not matter."""


def database_variable(service: str) -> str:
    """Return the environment variable that names a service's database."""
    return f"TONGXIN_{service.upper()}_DATABASE_URL"


class ServiceSettings(KafkaSettings):
    """Settings of one service; subclass with its name and its own fields.

    `http_hosts` are the names, with commas between, under
    which HTTP is asked beside `localhost` and its own address; `clock` is what `clock_from` reads,
    empty for real time; `partitions` is the count for topics this process has to create;
    `instance` makes the consumer a static member, so that a restart gets its partitions back at
    once; `unforeseen_limit` is how many records in a row may be put aside because deciding them
    failed as nobody foresaw; `webhooks_to_loopback` allows webhooks to this machine, also where
    the plan does not; by `access_secret` whoever comes in is proven, and without one nobody is.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore")
    service: ClassVar[str] = ""

    database_url: str
    http_host: str = LOOPBACK
    http_port: Port = 0
    http_hosts: str = ""
    clock: str = ""
    partitions: Annotated[int, Field(ge=1, le=1_000)] = 12
    replication: Annotated[int, Field(ge=1, le=9)] = 1
    create_topics: bool = True
    instance: str | None = None
    log_level: LogLevel = "info"
    keep_days: Annotated[int, Field(ge=1, le=3_650)] = 8
    unforeseen_limit: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    webhooks_to_loopback: bool = False
    access_secret: SecretStr = SecretStr("")
    plan: Path = Path("deploy/plans/qingshanhu.toml")

    @field_validator("database_url")
    @classmethod
    def _usable(cls, text: str) -> str:
        database_url(text)
        return text

    @field_validator("access_secret")
    @classmethod
    def _fit_to_prove(cls, text: SecretStr) -> SecretStr:
        secrets_in(text.get_secret_value())
        return text

    @field_validator("clock")
    @classmethod
    def _running(cls, text: str) -> str:
        clock_from(text)
        return text

    @classmethod
    @override
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what was passed, then the service's own variables, then those for all."""
        return (
            init_settings,
            EnvSettingsSource(settings_cls, env_prefix=f"TONGXIN_{cls.service.upper()}_"),
            EnvSettingsSource(settings_cls, env_prefix="TONGXIN_"),
        )
