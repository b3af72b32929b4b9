"""How a client is told to connect: what fits together, and what never shows a password."""

import ssl
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError
from faststream.kafka.security import parse_security
from pydantic import SecretStr

from services.kit.kafka.brokers import (
    Brokers,
    Login,
    Mechanism,
    PasswordUnreadable,
    Security,
    client_options,
)
from services.kit.kafka.settings import KafkaSettings
from services.kit.stage.connecting import faststream_options
from tests.support.command import tongxin

SECRET = "hQ7-only-in-the-file"  # noqa: S105 - nobody's


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "router"
    file.write_text(f"{SECRET}\n")
    return file


def login(file: Path, mechanism: Mechanism = Mechanism.SCRAM_SHA_512) -> Login:
    return Login(user="router", password_file=file, mechanism=mechanism)


class TestSettings:
    def test_that_nobody_gave_are_of_an_open_broker_on_loopback(self) -> None:
        assert KafkaSettings().brokers == Brokers(bootstrap="127.0.0.1:9092")

    def test_of_a_user_are_the_environments(
        self, monkeypatch: pytest.MonkeyPatch, secret: Path
    ) -> None:
        given = {
            "TONGXIN_KAFKA": "kafka:9092",
            "TONGXIN_KAFKA_SECURITY": "sasl_ssl",
            "TONGXIN_KAFKA_MECHANISM": "plain",
            "TONGXIN_KAFKA_USER": "router",
            "TONGXIN_KAFKA_PASSWORD_FILE": str(secret),
            "TONGXIN_KAFKA_CA_FILE": "",
        }
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        assert KafkaSettings().brokers == Brokers(
            bootstrap="kafka:9092",
            security=Security.SASL_SSL,
            login=login(secret, Mechanism.PLAIN),
        )

    @pytest.mark.parametrize(
        ("given", "why"),
        [
            ({"SECURITY": "SASL"}, "TONGXIN_KAFKA_SECURITY: Input should be 'PLAINTEXT', 'SSL'"),
            ({"SECURITY": "SASL_SSL"}, "TONGXIN_KAFKA_USER: .*SASL_SSL needs a user"),
            ({"USER": "router"}, "TONGXIN_KAFKA_USER: .*PLAINTEXT asks for no user"),
            (
                {"SECURITY": "SASL_PLAINTEXT", "USER": "router"},
                "TONGXIN_KAFKA_PASSWORD, TONGXIN_KAFKA_PASSWORD_FILE: .* needs one of both",
            ),
            (
                {
                    "SECURITY": "SASL_PLAINTEXT",
                    "USER": "router",
                    "PASSWORD": SECRET,
                    "PASSWORD_FILE": __file__,
                },
                "needs one of both",
            ),
            ({"PASSWORD_FILE": "/nowhere"}, "TONGXIN_KAFKA_PASSWORD_FILE: Path does not point to"),
            ({"CA_FILE": __file__}, "TONGXIN_KAFKA_SECURITY: PLAINTEXT uses no certificates"),
            (
                {"SECURITY": "SSL", "CA_FILE": __file__},
                "TONGXIN_KAFKA_CA_FILE, .*: what they name cannot be used for TLS",
            ),
        ],
    )
    async def test_that_do_not_fit_together_keep_a_service_from_starting(
        self, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], why: str
    ) -> None:
        monkeypatch.setenv("TONGXIN_DATABASE_URL", "sqlite+aiosqlite:///x.sqlite")
        for name, value in given.items():
            monkeypatch.setenv(f"TONGXIN_KAFKA_{name}", value)
        said = await tongxin("serve", "router")
        assert said.code == 2
        assert len(said.text.splitlines()) == 1
        with pytest.raises(AssertionError, match=why):
            raise AssertionError(said.text)
        assert SECRET not in said.text

    def test_show_no_password(self) -> None:
        settings = KafkaSettings(
            kafka_security=Security.SASL_SSL, kafka_user="router", kafka_password=SecretStr(SECRET)
        )
        assert settings.brokers.login is not None
        assert settings.brokers.login.secret() == SECRET
        assert SECRET not in f"{settings!r} {settings.brokers!r} {settings.brokers}"


class TestLogin:
    def test_has_the_password_that_the_file_has_now(self, secret: Path) -> None:
        found = login(secret)
        assert found.secret() == SECRET
        secret.write_text("another")
        assert found.secret() == "another"

    @pytest.mark.parametrize("spoilt", ["removed", "empty", "no text"])
    def test_without_a_password_says_which_file_and_why(self, secret: Path, spoilt: str) -> None:
        found = login(secret)
        match spoilt:
            case "removed":
                secret.unlink()
            case "empty":
                secret.write_text("\n")
            case _:
                secret.write_bytes(b"\xff\xfe")
        with pytest.raises(
            PasswordUnreadable, match=rf"'router' cannot be read from .*{secret.name}"
        ):
            found.secret()
        assert issubclass(PasswordUnreadable, KafkaError)  # which is tried again


class TestTls:
    def test_is_none_where_nobody_asked_for_it(self, secret: Path) -> None:
        open_one = Brokers(bootstrap="b:1", security=Security.SASL_PLAINTEXT, login=login(secret))
        assert client_options(open_one)["ssl_context"] is None

    def test_is_of_1_2_at_least_and_checks_who_the_broker_is(self) -> None:
        context = Brokers(bootstrap="b:1", security=Security.SSL).tls()
        assert context is not None
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)


class TestFaststream:
    @pytest.mark.parametrize("mechanism", [*Mechanism])
    def test_connects_as_the_others_do(self, secret: Path, mechanism: Mechanism) -> None:
        brokers = Brokers(
            bootstrap="a:1,b:2",
            security=Security.SASL_SSL,
            login=login(secret, mechanism),
        )
        told = faststream_options(brokers)
        assert told["bootstrap_servers"] == ["a:1", "b:2"]
        ours, theirs = client_options(brokers), parse_security(told["security"])
        for options in (ours, theirs):
            assert isinstance(options.pop("ssl_context"), ssl.SSLContext)
        assert theirs == {k: v for k, v in ours.items() if k != "bootstrap_servers"}

    def test_with_a_certificate_alone_speaks_tls(self) -> None:
        told = faststream_options(Brokers(bootstrap="a:1", security=Security.SSL))
        assert parse_security(told["security"])["security_protocol"] == "SSL"

    def test_of_an_open_broker_is_told_nothing(self) -> None:
        assert faststream_options(Brokers(bootstrap="a:1"))["security"] is None
