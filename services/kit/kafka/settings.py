"""What a process can be told of the brokers by its environment, and of itself towards them."""

from typing import Annotated, Self

from pydantic import BeforeValidator, FilePath, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.kit.kafka.brokers import Brokers, Login, Mechanism, Security

_IN_CAPITALS = BeforeValidator(lambda text: text.upper() if isinstance(text, str) else text)
_NONE_IF_EMPTY = BeforeValidator(lambda text: None if text == "" else text)
_File = Annotated[FilePath | None, _NONE_IF_EMPTY]


class KafkaSettings(BaseSettings):
    """Where the brokers are and how to connect to them: `TONGXIN_KAFKA` and `TONGXIN_KAFKA_...`.

    `kafka` is host:port[,host:port...]. A user has a password or a file with it, which is read anew
    for each connection. The files are PEM.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_prefix="TONGXIN_")

    kafka: str = "127.0.0.1:9092"
    kafka_security: Annotated[Security, _IN_CAPITALS] = Security.PLAINTEXT
    kafka_mechanism: Annotated[Mechanism, _IN_CAPITALS] = Mechanism.SCRAM_SHA_512
    kafka_user: str = ""
    kafka_password: Annotated[SecretStr | None, _NONE_IF_EMPTY] = None
    kafka_password_file: _File = None
    kafka_ca_file: _File = None
    kafka_certificate_file: _File = None
    kafka_key_file: _File = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        """Refuse what cannot connect, and what would connect less guarded than it looks."""
        if lacking := self._lacking():
            raise ValueError(lacking)
        try:
            self.brokers.tls()
        except OSError as error:
            msg = (
                "TONGXIN_KAFKA_CA_FILE, TONGXIN_KAFKA_CERTIFICATE_FILE, TONGXIN_KAFKA_KEY_FILE: "
                f"what they name cannot be used for TLS: {error}"
            )
            raise ValueError(msg) from error
        return self

    def _lacking(self) -> str:
        """Return the first setting that does not fit the others, and why; empty for none."""
        security = self.kafka_security
        files = (self.kafka_ca_file, self.kafka_certificate_file, self.kafka_key_file)
        asks, named = security.asks_who, f"TONGXIN_KAFKA_SECURITY={security}"
        refusals = {
            f"TONGXIN_KAFKA_USER: {named} needs a user": asks and not self.kafka_user,
            f"TONGXIN_KAFKA_PASSWORD, TONGXIN_KAFKA_PASSWORD_FILE: {named} needs one of both": (
                asks and (self.kafka_password is None) is (self.kafka_password_file is None)
            ),
            f"TONGXIN_KAFKA_USER: {named} asks for no user; SASL_PLAINTEXT and SASL_SSL do": (
                not asks and self.kafka_user
            ),
            f"TONGXIN_KAFKA_SECURITY: {security} uses no certificates; SSL and SASL_SSL do": (
                not security.has_tls and any(files)
            ),
        }
        return next((told for told, is_so in refusals.items() if is_so), "")

    @property
    def brokers(self) -> Brokers:
        """The brokers, and how to connect to them."""
        password = self.kafka_password
        login = Login(
            user=self.kafka_user,
            password="" if password is None else password.get_secret_value(),
            password_file=self.kafka_password_file,
            mechanism=self.kafka_mechanism,
        )
        return Brokers(
            bootstrap=self.kafka,
            security=self.kafka_security,
            login=login if self.kafka_security.asks_who else None,
            ca_file=self.kafka_ca_file,
            certificate_file=self.kafka_certificate_file,
            key_file=self.kafka_key_file,
        )
