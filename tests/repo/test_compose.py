"""deploy/compose.yaml without an engine: valid, complete, closed to the outside."""

import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import typer
from jsonschema import Draft202012Validator
from sqlalchemy.engine import make_url
from typer.main import get_command

from services.__main__ import build
from services.machine.embedded import Guard
from services.machine.embedded.guard import BROKER_USER
from services.machine.embedded.jar_lock import KAFKA_VERSION
from services.machine.embedded.properties import Seat, server_properties
from services.machine.locking import given_by
from tests.support.deployment import (
    DEPLOY,
    REFERENCE,
    SETTINGS,
    compose,
    compose_text,
    environment_of,
    filled,
    image_variables,
    instructions,
    of_ours,
)
from tests.support.sources import ROOT

SCHEMA = ROOT / "tests/data/compose-spec/compose-spec.json"
MIGRATION_URLS = {f"TONGXIN_{service.upper()}_MIGRATION_URL" for service in SETTINGS}
"""Read by `tongxin db upgrade` alone, so that no service can see the owner's password."""
TO_LOCK = {"TONGXIN_KAFKA_PASSWORDS", *map(given_by, SETTINGS)}
"""Read by `tongxin topics apply --acls` alone, so that no service can see another's password."""
GUARD = Guard(password="x")  # noqa: S106 - what `filled` puts for a variable
CONTAINERS = compose()["services"]
KAFKA = {name: str(value) for name, value in environment_of(CONTAINERS["kafka"]).items()}
LISTENERS = dict(re.findall(r"(\w+)://:(\d+)", KAFKA["KAFKA_LISTENERS"]))
"""The broker's port by the name of each of its listeners."""


def exists(command: list[str]) -> bool:
    """Return whether the words name a command of `tongxin`; what follows are its arguments."""
    found = get_command(build())
    words = list(command)
    while isinstance(found, typer.core.TyperGroup):
        if not words or (inner := found.commands.get(words.pop(0))) is None:
            return False
        found = inner
    return True


def settings_named(variable: str) -> list[str]:
    """Return the services that have a setting of this variable."""
    return [
        name
        for name, settings in SETTINGS.items()
        for prefix in ("TONGXIN_", f"TONGXIN_{name.upper()}_")
        if variable.removeprefix(prefix).lower() in settings.model_fields
        and variable.startswith(prefix)
    ]


def bind_mounts(service: dict[str, Any]) -> list[tuple[str, str]]:
    parts = [volume.split(":") for volume in service.get("volumes", [])]
    return [(part[0], ":".join(part[2:])) for part in parts if part[0].startswith(".")]


def options_of(command: Sequence[str]) -> dict[str, str]:
    """Return the value of each option, whether a space or `=` is between them."""
    return dict(re.findall(r"(--[\w.-]+)[= ](\S+)", " ".join(command)))


def property_of(variable: str) -> str:
    """Return the property that the image of Kafka writes for a variable.

    `_` stands for a dot, `__` for itself, `___` for a hyphen.
    """
    signs = {"_": ".", "__": "_", "___": "-"}
    name = variable.removeprefix("KAFKA_").lower()
    return re.sub("_{1,3}", lambda found: signs[found.group()], name)


def as_ours(name: str) -> str:
    """Return a property as the embedded broker has it, whose listener for clients is one."""
    return re.sub(r"\.(inside|machine)\.", ".clients.", name)


def listed(optional: str) -> set[str]:
    text = (DEPLOY / "example.env").read_text(encoding="utf-8")
    return set(re.findall(rf"(?m)^{optional}(\w+)=", text))


class TestComposeFile:
    def test_follows_the_compose_specification(self) -> None:
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        errors = Draft202012Validator(schema).iter_errors(compose())
        assert [(list(error.path), error.message) for error in errors] == []

    def test_would_be_caught_if_it_did_not(self) -> None:
        schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
        wrong = compose() | {"services": {"kafka": {"image": "x", "port": ["1:1"]}}}
        assert not Draft202012Validator(schema).is_valid(wrong)

    def test_pins_the_version_of_every_image(self) -> None:
        images = {service["image"] for service in CONTAINERS.values()}
        assert all(re.search(r":v?\d+\.\d+", image) for image in images), images
        assert f"apache/kafka:{KAFKA_VERSION}" in images
        assert any(image.startswith("postgres:18.") for image in images)

    def test_names_files_that_exist_and_mounts_them_read_only(self) -> None:
        mounts = list(chain.from_iterable(map(bind_mounts, CONTAINERS.values())))
        assert mounts
        for source, mode in mounts:
            assert (DEPLOY / source).exists(), source
            assert mode == "ro"

    def test_declares_every_volume_it_uses(self) -> None:
        named = {
            volume.split(":")[0]
            for service in CONTAINERS.values()
            for volume in service.get("volumes", [])
        }
        assert {name for name in named if not name.startswith(".")} == compose()["volumes"].keys()

    def test_waits_only_for_containers_that_can_be_waited_for(self) -> None:
        for service in CONTAINERS.values():
            needed = service.get("depends_on", {})
            for name in needed:
                how = needed[name]["condition"] if isinstance(needed, dict) else "service_started"
                other = CONTAINERS[name]
                assert how != "service_healthy" or "healthcheck" in other
                assert how != "service_completed_successfully" or "restart" not in other


class TestPorts:
    @pytest.mark.parametrize("name", CONTAINERS)
    def test_are_bound_to_loopback_only(self, name: str) -> None:
        for port in CONTAINERS[name].get("ports", []):
            assert re.fullmatch(r"127\.0\.0\.1:(\d+):\1", port)

    @pytest.mark.parametrize("name", SETTINGS)
    def test_of_a_service_are_those_of_its_settings(self, name: str) -> None:
        usual = SETTINGS[name].model_fields["http_port"].default
        assert environment_of(CONTAINERS[name])["TONGXIN_HTTP_PORT"] == str(usual)
        assert CONTAINERS[name]["ports"] == [f"127.0.0.1:{usual}:{usual}"]

    def test_of_the_broker_are_the_ones_it_advertises(self) -> None:
        advertised = KAFKA["KAFKA_ADVERTISED_LISTENERS"].split(",")
        inside = f"INSIDE://{environment_of(CONTAINERS['intake'])['TONGXIN_KAFKA']}"
        outside = "MACHINE://" + CONTAINERS["kafka"]["ports"][0].rpartition(":")[0]
        assert advertised == [inside, outside]
        for listener in advertised:
            name, _, address = listener.partition("://")
            assert LISTENERS[name] == address.rpartition(":")[2]

    def test_of_the_database_are_the_one_in_every_url(self) -> None:
        assert "PGPORT" not in environment_of(CONTAINERS["postgres"])
        assert CONTAINERS["postgres"]["ports"] == ["127.0.0.1:5432:5432"]
        named = [
            make_url(filled(str(value)))
            for container in of_ours().values()
            for variable, value in environment_of(container).items()
            if variable.endswith(("_DATABASE_URL", "_MIGRATION_URL"))
        ]
        assert named
        assert {(url.host, url.port) for url in named} == {("postgres", 5432)}


class TestBroker:
    def test_is_told_by_names_that_its_properties_have(self) -> None:
        known = server_properties(Seat.alone(9093), log_dir=Path("/data"), port=9092, guard=GUARD)
        names = {line.partition("=")[0] for line in known.splitlines()}
        told = KAFKA.keys() - {"CLUSTER_ID", "BROKER_PASSWORD"}
        assert all(variable.startswith("KAFKA_") for variable in told)
        assert {as_ours(property_of(variable)) for variable in told} - names == set()

    def test_asks_who_is_calling_as_the_embedded_one_does(self) -> None:
        ours = {name: str(value) for name, value in GUARD.values().items()}
        told = {property_of(variable): filled(value) for variable, value in KAFKA.items()}
        inside = {as_ours(name): value for name, value in told.items() if ".machine." not in name}
        assert {name: inside[name] for name in ours} == ours

    def test_takes_no_broker_for_a_client_of_this_machine(self) -> None:
        found = {n: v for n, v in KAFKA.items() if n.startswith("KAFKA_LISTENER_NAME_MACHINE_")}
        assert {property_of(name).rpartition("machine.")[2]: v for name, v in found.items()} == {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "scram-sha-512.sasl.jaas.config": GUARD.values()[
                "listener.name.clients.scram-sha-512.sasl.jaas.config"
            ],
        }

    def test_votes_where_its_own_controller_listens(self) -> None:
        own = LISTENERS[KAFKA["KAFKA_CONTROLLER_LISTENER_NAMES"]]
        voters = KAFKA["KAFKA_CONTROLLER_QUORUM_VOTERS"]
        assert voters == f"{KAFKA['KAFKA_NODE_ID']}@kafka:{own}"

    def test_has_a_protocol_for_every_listener_and_advertises_all_but_the_controllers(
        self,
    ) -> None:
        protocols = dict(
            pair.split(":") for pair in KAFKA["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")
        )
        assert protocols == dict.fromkeys(LISTENERS, "SASL_PLAINTEXT")
        advertised = set(re.findall(r"(\w+)://", KAFKA["KAFKA_ADVERTISED_LISTENERS"]))
        assert advertised == LISTENERS.keys() - {KAFKA["KAFKA_CONTROLLER_LISTENER_NAMES"]}
        assert KAFKA["KAFKA_INTER_BROKER_LISTENER_NAME"] in advertised

    def test_keeps_its_data_on_its_volume(self) -> None:
        assert CONTAINERS["kafka"]["volumes"] == [f"kafka:{KAFKA['KAFKA_LOG_DIRS']}"]


class TestHealthcheck:
    def test_of_the_broker_asks_where_the_services_do(self) -> None:
        asked = options_of(CONTAINERS["kafka"]["healthcheck"]["test"])["--bootstrap-server"]
        assert asked == environment_of(CONTAINERS["intake"])["TONGXIN_KAFKA"]
        host, _, port = asked.partition(":")
        assert host == "kafka"
        assert LISTENERS[KAFKA["KAFKA_INTER_BROKER_LISTENER_NAME"]] == port

    def test_of_the_database_asks_its_usual_port_by_tcp(self) -> None:
        asked = options_of(CONTAINERS["postgres"]["healthcheck"]["test"])
        assert asked["--host"] == "127.0.0.1"
        assert asked.get("--port", "5432") == CONTAINERS["postgres"]["ports"][0].split(":")[-1]
        assert asked["--dbname"] in SETTINGS

    @pytest.mark.parametrize("name", of_ours())
    def test_of_ours_is_the_images_with_a_port_or_none(self, name: str) -> None:
        asked = CONTAINERS[name].get("healthcheck")
        has_port = "TONGXIN_HTTP_PORT" in environment_of(CONTAINERS[name])
        assert asked == (None if has_port else {"disable": True})


class TestPrometheus:
    def test_reads_a_file_that_is_mounted_and_writes_to_its_volume(self) -> None:
        container = CONTAINERS["prometheus"]
        sources = {v.split(":")[1]: v.split(":")[0] for v in container["volumes"]}
        options = options_of(container["command"])
        assert (DEPLOY / sources[options["--config.file"]]).is_file()
        assert sources[options["--storage.tsdb.path"]] in compose()["volumes"]


class TestVariables:
    def test_are_all_in_the_example_and_none_beside_them(self) -> None:
        used = {match["name"] for match in REFERENCE.finditer(compose_text())}
        assert used == listed("")
        passed_on = {
            name
            for service in CONTAINERS.values()
            for name, value in environment_of(service).items()
            if value is None
        }
        assert passed_on == listed("#")

    def test_have_a_default_or_say_what_to_set(self) -> None:
        for match in REFERENCE.finditer(compose_text()):
            assert match["rule"] in {":-", ":?"}, match.group()
            assert match["text"], match.group()

    def test_that_are_secret_have_neither_default_nor_example(self) -> None:
        for match in REFERENCE.finditer(compose_text()):
            is_secret = match["name"].endswith(("PASSWORD", "SECRET"))
            assert is_secret == (match["rule"] == ":?")
        example = (DEPLOY / "example.env").read_text(encoding="utf-8")
        assert re.findall(r"(?m)^#?(\w*(?:PASSWORD|SECRET))=(?!$)", example) == []

    def test_of_the_database_reach_the_script_that_makes_the_roles(self) -> None:
        script = (DEPLOY / "postgres/init.sql").read_text(encoding="utf-8")
        asked = set(re.findall(r"(?m)^\\getenv \w+ (\w+)$", script))
        given = environment_of(CONTAINERS["postgres"])
        assert asked == {name for name in given if name.endswith("_DB_PASSWORD")}


class TestOurContainer:
    @pytest.mark.parametrize("name", of_ours())
    def test_runs_a_command_that_exists(self, name: str) -> None:
        command = CONTAINERS[name]["command"]
        assert exists(command)

    @pytest.mark.parametrize("name", of_ours())
    def test_sets_only_what_is_a_setting(self, name: str) -> None:
        for variable in environment_of(CONTAINERS[name]).keys() - MIGRATION_URLS - TO_LOCK:
            assert settings_named(variable), variable

    @pytest.mark.parametrize("name", SETTINGS)
    def test_has_variables_that_its_settings_accept(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        given = environment_of(CONTAINERS[name]) | image_variables()
        for variable, value in given.items():
            if value is not None and variable.startswith("TONGXIN_"):
                monkeypatch.setenv(variable, filled(value, ACCESS_SECRET="x" * 40))
        settings = SETTINGS[name]()
        assert settings.http_host == "0.0.0.0"  # noqa: S104 - inside a container
        assert settings.database_url == f"postgresql+asyncpg://{name}:x@postgres:5432/{name}"
        assert (ROOT / settings.plan).is_file()

    @pytest.mark.parametrize("name", SETTINGS)
    def test_of_a_service_waits_for_tables_and_topics(self, name: str) -> None:
        done = {"condition": "service_completed_successfully"}
        assert CONTAINERS[name]["depends_on"] == {"migrate": done, "topics": done}

    @pytest.mark.parametrize("name", SETTINGS)
    def test_of_a_service_does_not_know_the_owner(self, name: str) -> None:
        assert "OWNER" not in json.dumps(CONTAINERS[name])
        assert "MIGRATION" not in json.dumps(CONTAINERS[name])

    def test_of_topics_asks_for_what_the_services_would_create(self) -> None:
        asked = {"KAFKA", "KAFKA_SECURITY", "PLAN", "PARTITIONS", "REPLICATION"}
        told = environment_of(CONTAINERS["topics"])
        common = {f"TONGXIN_{name}": told[f"TONGXIN_{name}"] for name in asked}
        for name in SETTINGS:
            assert common.items() <= environment_of(CONTAINERS[name]).items()

    @pytest.mark.parametrize("name", SETTINGS)
    def test_of_a_service_is_the_user_that_topics_makes_and_no_other(self, name: str) -> None:
        own, made = environment_of(CONTAINERS[name]), environment_of(CONTAINERS["topics"])
        assert own["TONGXIN_KAFKA_USER"] == name
        assert own["TONGXIN_KAFKA_PASSWORD"] == made[given_by(name)]
        assert own["TONGXIN_CREATE_TOPICS"] == "false"
        passwords = set(re.findall(r"KAFKA_\w+_PASSWORD", json.dumps(CONTAINERS[name])))
        assert passwords == {f"KAFKA_{name.upper()}_PASSWORD"}

    def test_of_topics_is_the_brokers_own_user(self) -> None:
        told = environment_of(CONTAINERS["topics"])
        assert told["TONGXIN_KAFKA_USER"] == BROKER_USER
        assert told["TONGXIN_KAFKA_PASSWORD"] == KAFKA["BROKER_PASSWORD"]
        assert "--acls" in CONTAINERS["topics"]["command"]
        folder = told["TONGXIN_KAFKA_PASSWORDS"]
        assert f"kafka-users:{folder}" in CONTAINERS["topics"]["volumes"]
        assert f" {folder}" in "".join(instructions("RUN"))


class TestFillEnv:
    def filled_in(self, folder: Path) -> dict[str, str]:
        shutil.copy(DEPLOY / "example.env", folder)
        shutil.copy(DEPLOY / "fill-env.sh", folder)
        subprocess.run(["sh", folder / "fill-env.sh"], check=True)  # noqa: S607 - any POSIX shell
        assert (folder / ".env").stat().st_mode & 0o177 == 0
        lines = (folder / ".env").read_text().splitlines()
        return dict(re.findall(r"(?m)^([A-Z_]+)=(.*)$", "\n".join(lines)))

    def test_makes_every_password_once_and_each_another(self, tmp_path: Path) -> None:
        first = self.filled_in(tmp_path)
        assert first.keys() == listed("")
        passwords = [value for name, value in first.items() if name.endswith("_PASSWORD")]
        assert all(re.fullmatch("[0-9a-f]{48}", password) for password in passwords)
        assert len(set(passwords)) == len(passwords)
        assert self.filled_in(tmp_path) == first

    def test_adds_what_an_update_brings_and_keeps_what_has_a_value(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("PLAN=nyc.toml\nPOSTGRES_PASSWORD=mine")
        found = self.filled_in(tmp_path)
        assert found.keys() == listed("")
        assert (found["PLAN"], found["POSTGRES_PASSWORD"]) == ("nyc.toml", "mine")
        assert found["KAFKA_BROKER_PASSWORD"]

    @pytest.mark.parametrize("name", of_ours())
    def test_has_no_rights_and_a_root_that_cannot_be_written(self, name: str) -> None:
        container = CONTAINERS[name]
        assert container["read_only"] is True
        assert container["cap_drop"] == ["ALL"]
        assert container["security_opt"] == ["no-new-privileges:true"]

    def test_is_built_from_the_one_dockerfile(self) -> None:
        for container in of_ours().values():
            build_of = container["build"]
            assert (DEPLOY / build_of["context"]).resolve() == ROOT
            assert (ROOT / build_of["dockerfile"]).samefile(DEPLOY / "Dockerfile")
