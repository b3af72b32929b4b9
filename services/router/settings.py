"""What the router can be told by its environment."""

from typing import ClassVar

from services.kit.process.settings import Port, ServiceSettings


class RouterSettings(ServiceSettings):
    """Settings of the router; its plan is the common `TONGXIN_PLAN`."""

    service: ClassVar[str] = "router"

    database_url: str = "sqlite+aiosqlite:///.tongxin/router.sqlite"
    http_port: Port = 8002
