"""What the desk can be told by its environment."""

from pathlib import Path
from typing import Annotated, ClassVar, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr, model_validator

from schemas.topics import SERVICES
from services.desk.bounds import MOST_PEERS
from services.desk.use_cases.asking import Peer
from services.kit.process.settings import Port, ServiceSettings
from services.kit.sql.database import folder_of

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def _web_address(text: str) -> str:
    """Refuse what is no address, and one over plain HTTP that is not this machine's."""
    parts = urlsplit(text)
    is_safe = parts.scheme == "https" or parts.hostname in _LOOPBACK
    if text and not (is_safe and parts.scheme in {"http", "https"} and parts.hostname):
        msg = "must be https://HOST; http only for this machine"
        raise ValueError(msg)
    return text


def _peers(text: str) -> str:
    """Refuse what is no list of `service=address`."""
    peers_in(text)
    return text


def peers_in(text: str) -> list[Peer]:
    """Return the processes that a setting lists. Raises ValueError.

    >>> peers_in("intake=http://10.0.0.1:8001")
    [Peer(service='intake', url='http://10.0.0.1:8001')]
    """
    found = []
    for one in text.split():
        service, _, url = one.partition("=")
        parts = urlsplit(url)
        is_ours = service in SERVICES and parts.scheme in {"http", "https"} and parts.hostname
        if not is_ours or parts.username or parts.path not in {"", "/"} or parts.query:
            msg = "must be SERVICE=http://HOST:PORT, with blanks between several"
            raise ValueError(msg)
        found.append(Peer(service=service, url=url.rstrip("/")))
    if len(found) > MOST_PEERS:
        msg = f"must be {MOST_PEERS} at most"
        raise ValueError(msg)
    return found


WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An address over TLS; empty for none."""


class DeskSettings(ServiceSettings):
    """Settings of the desk; `TONGXIN_DESK_<NAME>` wins over `TONGXIN_<NAME>`.

    `peers` are the processes of which administrators see whether they take work, as
    `SERVICE=http://HOST:PORT` with blanks between; all are asked for dead letters, too, the
    notifier for deliveries, and intake for contacts of reporters.
    `public_url` is the address under which browsers know the desk, where a gateway stands before
    it; `oidc_issuer`, `oidc_client_id` and `oidc_client_secret` are as what it is registered with
    the city's identity provider. Without an issuer people sign in with passwords only. `files` is
    the folder of photos and papers; unless told, `files` beside the SQLite file, or in `.tongxin`.
    """

    service: ClassVar[str] = "desk"

    database_url: str = "sqlite+aiosqlite:///.tongxin/desk.sqlite"
    http_port: Port = 8004
    peers: Annotated[str, AfterValidator(_peers)] = (
        "intake=http://127.0.0.1:8001 router=http://127.0.0.1:8002 notifier=http://127.0.0.1:8003"
    )
    public_url: WebAddress = ""
    oidc_issuer: WebAddress = ""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    files: Path | None = None

    @property
    def files_folder(self) -> Path:
        """The folder of files that was named, or is meant."""
        return self.files or folder_of(self.database_url) / "files"

    @model_validator(mode="after")
    def _registered(self) -> Self:
        if self.oidc_issuer and not self.oidc_client_id:
            msg = "oidc_issuer needs oidc_client_id: as what the desk is registered there"
            raise ValueError(msg)
        return self
