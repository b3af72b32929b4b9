"""OpenID Connect: the one module that knows Authlib.

Code flow with PKCE (S256), state and nonce. A token is believed when the provider's keys signed it
with one of our algorithms, for us, by the issuer that was set, lately, and for this very sign-in.
"""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from services.desk.bounds import (
    KEYS_AGAIN,
    KNOWN_FOR,
    MOST_TOKEN_CHARACTERS,
    PROVIDER_SECONDS,
    TOKEN_LEEWAY_SECONDS,
)
from services.kit.clock import Clock

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
)
"""Signatures by a key that only the provider has; never one by a secret, never none."""

_SCOPE: Final = "openid profile"
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_NEEDED: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_END: Final = "end_session_endpoint"
_HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]+")
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class ProviderAway(Exception):
    """The provider cannot be asked now; the message says why."""


class NotBelieved(Exception):
    """What the provider is said to have said is not believed; the message says why, for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """As what this desk is registered with its provider."""

    issuer: str
    client_id: str
    client_secret: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one sign-in is known by, from the way there to the way back."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str


class Provider:
    """An identity provider, by its published description."""

    def __init__(self, registered: Registered, *, clock: Clock) -> None:
        """Take as what we are registered. Raises ValueError for an issuer over plain HTTP."""
        _check_address(registered.issuer, "the issuer")
        self._registered = registered
        self._clock = clock
        self._described: Mapping[str, Any] | None = None
        self._described_at = self._keys_at = datetime.min.replace(tzinfo=clock().tzinfo)
        self._keys: KeySet | None = None

    @property
    def issuer(self) -> str:
        """Its name, as it stands in its tokens."""
        return self._registered.issuer

    async def way_there(self, asked: Asked) -> str:
        """Return where a browser is sent to sign in. Raises `ProviderAway`."""
        described = await self._description()
        async with self._client(asked.redirect_uri) as client:
            url, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=asked.state,
                nonce=asked.nonce,
                code_verifier=asked.verifier,
            )
        # The library leaves the challenge out without a word when it was not told the method.
        sent = parse_qs(urlsplit(url).query)
        if sent.get("code_challenge_method") != ["S256"] or not sent.get("code_challenge"):
            raise AssertionError("a sign-in without PKCE was about to begin")
        return str(url)

    async def who_came(self, code: str, asked: Asked) -> Mapping[str, Any]:
        """Return the claims of whoever came back with a code.

        Raises `ProviderAway` and `NotBelieved`.
        """
        described = await self._description()
        try:
            async with self._client(asked.redirect_uri) as client:
                token = await client.fetch_token(
                    described["token_endpoint"],
                    code=code,
                    code_verifier=asked.verifier,
                    grant_type="authorization_code",
                )
        except OAuthError as refused:
            raise NotBelieved(f"the provider refused the code: {refused.error}") from refused
        except (httpx2.HTTPError, ValueError) as fault:
            raise ProviderAway(f"its token endpoint: {type(fault).__name__}") from fault
        params = {
            "nonce": asked.nonce,
            "client_id": self._registered.client_id,
            "access_token": token.get("access_token"),
        }
        header, claims = await self._signed(token.get("id_token"))
        try:
            believed = CodeIDToken(claims, header, self._options(), params)
            believed.validate(now=self._seconds(), leeway=TOKEN_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as wrong:
            raise NotBelieved(f"its ID token: {wrong}") from wrong
        return dict(believed)

    async def way_out(self, *, back_to: str) -> str | None:
        """Return where a browser signs out of the provider too; None where it offers no such."""
        endpoint = (await self._description()).get(_END)
        if endpoint is None:
            return None
        asked = {"client_id": self._registered.client_id, "post_logout_redirect_uri": back_to}
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    async def origins(self) -> tuple[str, ...]:
        """Return the origins that `way_out` leads to. Raises `ProviderAway`."""
        endpoint = (await self._description()).get(_END)
        parts = None if endpoint is None else urlsplit(endpoint)
        return () if parts is None else (f"{parts.scheme}://{parts.netloc}",)

    async def signed_out(self, logout_token: str) -> tuple[str | None, str | None]:
        """Return the session and the subject that a back-channel logout token ends.

        Raises `ProviderAway` and `NotBelieved`.
        """
        header, claims = await self._signed(logout_token)
        try:
            told = CodeIDToken(claims | {"sub": claims.get("sub", "-")}, header, self._options())
            told.validate(now=self._seconds(), leeway=TOKEN_LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError) as wrong:
            raise NotBelieved(f"its logout token: {wrong}") from wrong
        events = claims.get("events")
        if not isinstance(events, dict) or _LOGOUT_EVENT not in events or "nonce" in claims:
            raise NotBelieved("its logout token is none")
        return _text(claims.get("sid")), _text(claims.get("sub"))

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        registered = self._registered
        return AsyncOAuth2Client(
            client_id=registered.client_id,
            client_secret=registered.client_secret or None,
            scope=_SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            timeout=PROVIDER_SECONDS,
            trust_env=False,
            verify=ssl.create_default_context(),
        )

    def _options(self) -> dict[str, Any]:
        return {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self._registered.client_id},
        }

    def _seconds(self) -> int:
        return int(self._clock().timestamp())

    async def _signed(self, token: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims of a token that the provider signed. Raises `NotBelieved`."""
        if not isinstance(token, str) or len(token) > MOST_TOKEN_CHARACTERS:
            raise NotBelieved("it sent no token, or one that is too long")
        registry = JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
        try:
            try:
                found = jwt.decode(token, await self._key_set(), registry=registry)
            except InvalidKeyIdError:
                found = jwt.decode(token, await self._key_set(again=True), registry=registry)
        except (JoseError, ValueError, TypeError) as wrong:
            raise NotBelieved(f"the signature of its token: {wrong}") from wrong
        return dict(found.header), dict(found.claims)

    async def _description(self) -> Mapping[str, Any]:
        now = self._clock()
        if self._described is None or now - self._described_at > KNOWN_FOR:
            url = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            described = await self._got(url)
            if described.get("issuer") != self.issuer:
                raise ProviderAway(f"{url} describes another issuer than {self.issuer}")
            try:
                for name in _NEEDED + ((_END,) if _END in described else ()):
                    _check_address(described.get(name), name)
            except ValueError as unusable:
                raise ProviderAway(f"{url}: {unusable}") from unusable
            self._described, self._described_at = described, now
        return self._described

    async def _key_set(self, *, again: bool = False) -> KeySet:
        """Return the provider's keys, asked `again` for one that is not among them."""
        now = self._clock()
        age = now - self._keys_at
        if self._keys is None or age > KNOWN_FOR or (again and age > KEYS_AGAIN):
            found = await self._got(str((await self._description())["jwks_uri"]))
            try:
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type] # what it checks itself
            except (JoseError, ValueError, TypeError, KeyError) as wrong:
                raise ProviderAway(f"its keys cannot be read: {wrong}") from wrong
            self._keys_at = now
        return self._keys

    async def _got(self, url: str) -> dict[str, Any]:
        try:
            async with httpx2.AsyncClient(
                timeout=PROVIDER_SECONDS, trust_env=False, verify=ssl.create_default_context()
            ) as http:
                answer = await http.get(url)
                found = answer.raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as fault:
            raise ProviderAway(f"{url}: {type(fault).__name__}") from fault
        if not isinstance(found, dict):
            raise ProviderAway(f"{url} is no JSON object")
        return found


def _check_address(url: object, what: str) -> None:
    """Refuse what goes over a network without TLS."""
    parts = urlsplit(url) if isinstance(url, str) else None
    is_safe = parts is not None and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )
    # It stands in a header of ours, which is a list of such.
    is_safe = is_safe and parts is not None and _HOST.fullmatch(parts.netloc) is not None
    if not is_safe:
        raise ValueError(f"{what} must be an https address (http on this machine alone)")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
