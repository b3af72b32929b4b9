"""What intake can be told by its environment."""

from typing import ClassVar

from services.kit.process.settings import Port, ServiceSettings


class IntakeSettings(ServiceSettings):
    """Settings of intake; `TONGXIN_INTAKE_<NAME>` wins over `TONGXIN_<NAME>`."""

    service: ClassVar[str] = "intake"

    database_url: str = "sqlite+aiosqlite:///.tongxin/intake.sqlite"
    http_port: Port = 8001
