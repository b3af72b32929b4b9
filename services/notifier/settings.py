"""What the notifier can be told by its environment."""

from typing import ClassVar

from pydantic import SecretStr, field_validator

from schemas.plan import WebhookUrl
from services.kit.process.settings import Port, ServiceSettings
from services.notifier.use_cases.signatures import secrets_of


class NotifierSettings(ServiceSettings):
    """Settings of the notifier; `TONGXIN_NOTIFIER_<NAME>` wins over `TONGXIN_<NAME>`.

    `console` writes each notice as a log line; `reporter_webhook` receives notices to reporters
    and followers; `webhook_secret` (`whsec_` and base64; two with a space between them while one
    replaces the other) signs every webhook.
    """

    service: ClassVar[str] = "notifier"

    database_url: str = "sqlite+aiosqlite:///.tongxin/notifier.sqlite"
    http_port: Port = 8003
    console: bool = True
    reporter_webhook: WebhookUrl | None = None
    webhook_secret: SecretStr = SecretStr("")

    @field_validator("webhook_secret")
    @classmethod
    def _fit_to_sign(cls, text: SecretStr) -> SecretStr:
        secrets_of(text.get_secret_value())
        return text
