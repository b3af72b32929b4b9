"""What intake can be told by its environment."""

from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import Field

from services.kit.process.settings import Port, ServiceSettings
from services.kit.sql.database import folder_of

KEY_FILE: Final = "privacy.key"


class IntakeSettings(ServiceSettings):
    """Settings of intake; `TONGXIN_INTAKE_<NAME>` wins over `TONGXIN_<NAME>`.

    `privacy_key_file` holds the master keys that contacts are sealed by; it is made where there is
    none. Unless told it is `privacy.key` beside the SQLite file, or in `.tongxin`. Contacts are
    destroyed `contacts_keep_days` after the end of their case, and who looked or erased is
    forgotten after `looks_keep_days`.
    """

    service: ClassVar[str] = "intake"

    database_url: str = "sqlite+aiosqlite:///.tongxin/intake.sqlite"
    http_port: Port = 8001
    privacy_key_file: Path | None = None
    contacts_keep_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    looks_keep_days: Annotated[int, Field(ge=30, le=3_650)] = 1_095

    @property
    def key_file(self) -> Path:
        """The file of master keys that was named, or is meant."""
        if self.privacy_key_file is not None:
            return self.privacy_key_file
        return folder_of(self.database_url) / KEY_FILE
