"""The URLs of webhooks, and the inner addresses that they may lead to."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, HttpUrl, TypeAdapter, ValidationError

from schemas.addresses import Network
from schemas.plan.base import Table

_LONGEST: Final = 1_000
"""Characters: the database finds deliveries by it."""

_WRITTEN: Final = re.compile(r"(?i)https?://[^\s/\\]\S*")
_URL: Final = TypeAdapter(HttpUrl)


def webhook_url(text: str) -> str:
    """Return a webhook's URL as browsers write it: names in ASCII, addresses as four numbers.

    Raises `ValueError` for what is none, and for a password or a fragment in it.

    >>> webhook_url("HTTPS://0x7f.1:443/a")
    'https://127.0.0.1/a'
    """
    if _WRITTEN.fullmatch(text) is None:
        raise ValueError("no web address: write https://HOST/PATH, without spaces")
    try:
        url = _URL.validate_python(text)
    except ValidationError as invalid:
        why = invalid.errors(include_url=False)[0]["msg"]
        raise ValueError(f"no web address: {why}; write https://HOST/PATH") from None
    if url.username is not None or url.password is not None:
        raise ValueError("a webhook carries no name and no password: its body is signed")
    if url.fragment is not None or url.port == 0:
        raise ValueError("a webhook has no #fragment and no port 0")
    if len(str(url)) > _LONGEST:
        raise ValueError(f"a webhook has at most {_LONGEST} characters")
    return str(url)


def host_of(url: str) -> str:
    """Return the host of a URL that `webhook_url` returned; IPv6 stands in brackets."""
    return _URL.validate_python(url).host or ""


WebhookUrl = Annotated[str, AfterValidator(webhook_url)]


def _network(value: object) -> object:
    if isinstance(value, IPv4Network | IPv6Network):
        return value
    try:
        return ip_network(str(value))
    except ValueError as none:
        advice = "write 10.1.2.3, 10.1.0.0/16 or fd00::/8"
        raise ValueError(f"{value!r} is no network: {none}; {advice}") from none


class Webhooks(Table):
    """What holds for all webhooks.

    `allow` are networks off the public internet that they may lead to.
    """

    allow: tuple[Annotated[Network, BeforeValidator(_network)], ...] = ()
