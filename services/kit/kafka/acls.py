"""Who may do what at the broker: Kafka's access control entries, read, added and taken away.

aiokafka (0.14) knows the requests, one entry each, and its admin client does not offer them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import ClusterAuthorizationFailedError, for_code
from aiokafka.protocol.admin import (
    CreateAclsRequest_v1,
    DeleteAclsRequest_v1,
    DescribeAclsRequest_v1,
)
from aiokafka.protocol.api import Request, RequestStruct
from typing_extensions import override

_ALLOW: Final = 3
_ANY: Final = 1
_ANYWHERE: Final = "*"
_USER: Final = "User:"


class Resource(IntEnum):
    """On what, in Kafka's numbers."""

    TOPIC = 2
    GROUP = 3
    CLUSTER = 4


class Pattern(IntEnum):
    """What a name stands for: this one, or all that begin so."""

    LITERAL = 3
    PREFIXED = 4


class Operation(IntEnum):
    """What may be done; each of READ, WRITE and ALTER lets one describe it too."""

    ALL = 2
    READ = 3
    WRITE = 4
    CREATE = 5
    DELETE = 6
    ALTER = 7
    DESCRIBE = 8
    CLUSTER_ACTION = 9
    DESCRIBE_CONFIGS = 10
    ALTER_CONFIGS = 11
    IDEMPOTENT_WRITE = 12


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One thing that a user may do, from wherever it connects."""

    user: str
    operation: Operation
    resource: Resource
    name: str
    pattern: Pattern = Pattern.LITERAL

    @property
    def told(self) -> str:
        """What is allowed, in words."""
        more = "*" if self.pattern is Pattern.PREFIXED else ""
        return f"{self.operation.name} {self.resource.name.lower()} {self.name}{more}"


class AclsRefused(Exception):
    """The broker does not tell or change who may what; the message has its reason."""


class _Entries(Request[RequestStruct]):  # type: ignore[misc] # aiokafka has no types
    """Any of the three requests, with what it says."""

    API_KEY = 0

    def __init__(self, struct: type[RequestStruct], *values: object) -> None:
        self._struct, self._values = struct, values

    @override
    def prepare(self, versions: dict[int, tuple[int, int]]) -> RequestStruct:
        return self._struct(*self._values)

    @override
    def build(self, request_struct_class: type[RequestStruct]) -> RequestStruct:
        return request_struct_class(*self._values)


async def acls_found(admin: AIOKafkaAdminClient) -> set[Acl]:
    """Return what users are allowed that we could have allowed them; raises `AclsRefused`.

    What is denied, tied to a host, or on something else than `Resource` names is somebody's own.
    """
    everything = (_ANY, None, _ANY, None, None, _ANY, _ANY)
    answer = await _asked(admin, DescribeAclsRequest_v1, *everything)
    _check([(answer["error_code"], answer["error_message"])])
    return {
        Acl(
            acl["principal"].removeprefix(_USER),
            Operation(acl["operation"]),
            Resource(found["resource_type"]),
            found["resource_name"],
            Pattern(found["resource_pattern_type"]),
        )
        for found in answer["resources"]
        for acl in found["acls"]
        if found["resource_type"] in {*Resource}
        and acl["operation"] in {*Operation}
        and acl["permission_type"] == _ALLOW
        and acl["principal"].startswith(_USER)
        and acl["host"] == _ANYWHERE
    }


async def allow(admin: AIOKafkaAdminClient, acls: Iterable[Acl]) -> None:
    """Allow all of it. Raises `AclsRefused`."""
    wanted = [_entry(acl) for acl in acls]
    if wanted:
        answer = await _asked(admin, CreateAclsRequest_v1, wanted)
        _check([(one["error_code"], one["error_message"]) for one in answer["creation_responses"]])


async def withdraw(admin: AIOKafkaAdminClient, acls: Iterable[Acl]) -> None:
    """Allow none of it any more. Raises `AclsRefused`."""
    unwanted = [_entry(acl) for acl in acls]
    if unwanted:
        answer = await _asked(admin, DeleteAclsRequest_v1, unwanted)
        _check([(one["error_code"], one["error_message"]) for one in answer["filter_responses"]])


def _entry(acl: Acl) -> tuple[int, str, int, str, str, int, int]:
    named = (int(acl.resource), acl.name, int(acl.pattern))
    return (*named, f"{_USER}{acl.user}", _ANYWHERE, int(acl.operation), _ALLOW)


async def _asked(
    admin: AIOKafkaAdminClient, struct: type[RequestStruct], *values: object
) -> dict[str, Any]:
    answer = await admin._send_request(_Entries(struct, *values))  # noqa: SLF001 - there is no public way (0.14)
    told: dict[str, Any] = answer.to_object()
    return told


def _check(answers: Sequence[tuple[int, str | None]]) -> None:
    """Raise `AclsRefused` with the broker's reasons, each once."""
    refused = {_words(code, why) for code, why in answers if code}
    if refused:
        told = "; ".join(sorted(refused))
        raise AclsRefused(f"The broker does not let us say who may what: {told}")


def _words(code: int, why: str | None) -> str:
    if code == ClusterAuthorizationFailedError.errno:  # the broker's words are about its insides
        return "this user may not ask or change that (ALTER on the cluster)"
    return why or str(for_code(code).__name__)
