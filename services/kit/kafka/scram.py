"""The users of the broker, who prove their password by SCRAM-SHA-512 (RFC 5802).

aiokafka (0.14) does not know these requests of Kafka (KIP-554).
"""

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactBytes,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)
from typing_extensions import override

from services.kit.kafka.bounds import SALT_BYTES, SCRAM_ROUNDS

_DESCRIBE: Final = 50
_ALTER: Final = 51
_SCRAM_SHA_512: Final = 2
_NO_SUCH_USER: Final = 91
_TEXT: Final = CompactString("utf-8")
_TAGS: Final = ("tags", TaggedFields)


class UsersRefused(Exception):
    """The broker does not tell or change its users; the message has its reason."""


class _Described(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY: ClassVar[int] = _DESCRIBE
    API_VERSION: ClassVar[int] = 0
    SCHEMA: ClassVar[Any] = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("error_message", _TEXT),
        (
            "results",
            CompactArray(
                ("user", _TEXT),
                ("error_code", Int16),
                ("error_message", _TEXT),
                (
                    "credentials",
                    CompactArray(("mechanism", Int8), ("iterations", Int32), _TAGS),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _Describe(RequestStruct):  # type: ignore[misc] # aiokafka has no types
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY: ClassVar[int] = _DESCRIBE
    API_VERSION: ClassVar[int] = 0
    RESPONSE_TYPE: ClassVar[Any] = _Described
    SCHEMA: ClassVar[Any] = Schema(("users", CompactArray(("name", _TEXT), _TAGS)), _TAGS)


class _Altered(Response):  # type: ignore[misc] # aiokafka has no types
    API_KEY: ClassVar[int] = _ALTER
    API_VERSION: ClassVar[int] = 0
    SCHEMA: ClassVar[Any] = Schema(
        ("throttle_time_ms", Int32),
        (
            "results",
            CompactArray(("user", _TEXT), ("error_code", Int16), ("error_message", _TEXT), _TAGS),
        ),
        _TAGS,
    )


class _Alter(RequestStruct):  # type: ignore[misc] # aiokafka has no types
    FLEXIBLE_VERSION: ClassVar[bool] = True
    API_KEY: ClassVar[int] = _ALTER
    API_VERSION: ClassVar[int] = 0
    RESPONSE_TYPE: ClassVar[Any] = _Altered
    SCHEMA: ClassVar[Any] = Schema(
        ("deletions", CompactArray(("name", _TEXT), ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                ("name", _TEXT),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _AllUsers(Request[_Describe]):  # type: ignore[misc] # aiokafka has no types
    API_KEY = _DESCRIBE

    @override
    def build(self, request_struct_class: type[_Describe]) -> _Describe:
        return request_struct_class(None, {})


class _Changes(Request[_Alter]):  # type: ignore[misc] # aiokafka has no types
    API_KEY = _ALTER

    def __init__(self, deletions: list[Any], upsertions: list[Any]) -> None:
        self._deletions, self._upsertions = deletions, upsertions

    @override
    def build(self, request_struct_class: type[_Alter]) -> _Alter:
        return request_struct_class(self._deletions, self._upsertions, {})


async def users_found(admin: AIOKafkaAdminClient) -> set[str]:
    """Return who has a password for SCRAM-SHA-512. Raises `UsersRefused`."""
    answer = (await admin._send_request(_AllUsers())).to_object()  # noqa: SLF001 - there is no public way (0.14)
    _check([answer])
    return {
        found["user"]
        for found in answer["results"]
        if any(one["mechanism"] == _SCRAM_SHA_512 for one in found["credentials"])
    }


async def set_passwords(admin: AIOKafkaAdminClient, passwords: Mapping[str, str]) -> None:
    """Let users have these passwords; the broker is given a salted hash. Raises `UsersRefused`.

    Connections that stand stay; the next ones need the new password.
    """
    await _changed(admin, [], [_upsertion(user, text) for user, text in passwords.items()])


async def remove_users(admin: AIOKafkaAdminClient, users: Iterable[str]) -> None:
    """Let nobody connect as these users any more. Raises `UsersRefused`."""
    await _changed(admin, [(user, _SCRAM_SHA_512, {}) for user in users], [])


def _upsertion(user: str, password: str) -> tuple[Any, ...]:
    salt = secrets.token_bytes(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, SCRAM_ROUNDS)
    return (user, _SCRAM_SHA_512, SCRAM_ROUNDS, salt, salted, {})


async def _changed(admin: AIOKafkaAdminClient, deletions: list[Any], upsertions: list[Any]) -> None:
    if deletions or upsertions:
        asked = _Changes(deletions, upsertions)
        answer = await admin._send_request(asked)  # noqa: SLF001 - there is no public way (0.14)
        _check(answer.to_object()["results"])


def _check(answers: Iterable[Mapping[str, Any]]) -> None:
    """Raise `UsersRefused` with the broker's reasons; one who was not there is gone as well."""
    refused = {
        answer["error_message"] or for_code(answer["error_code"]).__name__
        for answer in answers
        if answer["error_code"] not in {0, _NO_SUCH_USER}
    }
    if refused:
        raise UsersRefused(f"The broker does not let us change its users: {'; '.join(refused)}")
