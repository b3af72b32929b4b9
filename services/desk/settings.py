"""What the desk can be told by its environment."""

from typing import ClassVar

from services.kit.process.settings import Port, ServiceSettings


class DeskSettings(ServiceSettings):
    """Settings of the desk; `TONGXIN_DESK_<NAME>` wins over `TONGXIN_<NAME>`."""

    service: ClassVar[str] = "desk"

    database_url: str = "sqlite+aiosqlite:///.tongxin/desk.sqlite"
    http_port: Port = 8004
