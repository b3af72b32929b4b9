"""What is not believed of an identity provider: each token but the right one."""

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from schemas.plan import OpenIdConnect
from services.desk.bounds import KEYS_AGAIN
from services.desk.use_cases.arriving import (
    Arrival,
    NoRight,
    _described,
    arrive,
    depart,
    end_by_provider,
)
from services.desk.use_cases.lasting import signed_in
from services.desk.use_cases.provider import (
    NotBelieved,
    Provider,
    ProviderAway,
    Registered,
)
from services.kit.clock import system_clock
from tests.support.desk import BROWSER, Desk
from tests.support.identity_provider import BACK, CLIENT, SECRET, Claims, OddProvider, odd_provider

TERMS = OpenIdConnect.model_validate({"groups": [{"group": "police", "roles": ["handler"]}]})
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})

Make = Callable[[OddProvider, Claims], Any]


def with_claims(**changed: object) -> Make:
    """Return what makes a token that is right but for these claims; None leaves one out."""

    def make(odd: OddProvider, right: Claims) -> str:
        claims = {name: value for name, value in (right | changed).items() if value is not None}
        return odd.signed(claims)

    return make


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(_: OddProvider, right: Claims) -> str:
    return f"{part({'alg': 'none', 'kid': 'one'})}.{part(right)}."


def by_a_secret(secret: bytes, right: Claims) -> str:
    text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(right)}"
    mac = hmac.digest(secret, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def tampered(odd: OddProvider, right: Claims) -> str:
    head, _, sign = odd.signed(right).split(".")
    return f"{head}.{part(right | {'sub': 'lead'})}.{sign}"


ODD: dict[str, Make] = {
    "no signature": unsigned,
    "the public key as a secret": lambda odd, right: by_a_secret(
        odd.key.as_pem(private=False), right
    ),
    "the client's secret": lambda _, right: by_a_secret(SECRET.encode(), right),
    "another key": lambda odd, right: odd.signed(right, key=OTHER_KEY),
    "tampered with": tampered,
    "none at all": lambda _, __: None,
    "a number": lambda _, __: 7,
    "no token": lambda _, __: "a.b.c",
    "too long": lambda odd, right: odd.signed(right | {"more": "x" * 80_000}),
    "another audience": with_claims(aud="somebody-else"),
    "no audience": with_claims(aud=None),
    "two audiences and no party": with_claims(aud=[CLIENT, "somebody-else"]),
    "another party": with_claims(azp="somebody-else"),
    "another issuer": with_claims(iss="https://other.example"),
    "the issuer with a slash": lambda odd, right: odd.signed(right | {"iss": f"{odd.issuer}/"}),
    "expired": with_claims(exp=1_700_000_000, iat=1_699_999_000),
    "without an end": with_claims(exp=None),
    "not yet": with_claims(nbf=4_000_000_000),
    "from the future": with_claims(iat=4_000_000_000),
    "another nonce": with_claims(nonce="another"),
    "no nonce": with_claims(nonce=None),
    "no subject": with_claims(sub=None),
    "another access token": with_claims(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "an end that is text": with_claims(exp="tomorrow"),
}


class At:
    """A desk and the odd provider that it is registered with."""

    def __init__(self, desk: Desk, odd: OddProvider) -> None:
        self.desk, self.odd = desk, odd
        registered = Registered(issuer=odd.issuer, client_id=CLIENT, client_secret=SECRET)
        self.provider = Provider(registered, clock=desk.clock)

    async def arrived(self, make: Make | None = None) -> str:
        """Sign in with a token as it is made; returns the session's token."""
        identity, provider = self.desk.identity, self.provider
        departure = await depart("/me", redirect_uri=BACK, provider=provider, identity=identity)
        nonce = departure.url.partition("nonce=")[2].partition("&")[0]
        now = int(self.desk.clock().timestamp())
        self.odd.right = {
            "iss": self.odd.issuer,
            "aud": CLIENT,
            "sub": "li",
            "sid": "session-1",
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "groups": ["police"],
        }
        self.odd.make = make or (lambda odd, right: odd.signed(right))
        state = departure.state
        arrived = await arrive(
            Arrival(state=state, code="any", issuer=None, kept_state=state),
            BROWSER,
            redirect_uri=BACK,
            terms=TERMS,
            provider=provider,
            identity=identity,
        )
        return arrived.token

    async def lasts(self, token: str) -> bool:
        return await signed_in(token, identity=self.desk.identity) is not None

    def logout(self, **changed: object) -> str:
        now = int(self.desk.clock().timestamp())
        right: Claims = {
            "iss": self.odd.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 60,
            "jti": "one",
            "sid": "session-1",
            "events": {LOGOUT: {}},
        }
        claims = {name: value for name, value in (right | changed).items() if value is not None}
        return self.odd.signed(claims)

    async def told(self, logout: str) -> int:
        return await end_by_provider(logout, provider=self.provider, identity=self.desk.identity)


@pytest.fixture
async def at(desk: Desk) -> AsyncIterator[At]:
    desk.clock.now = system_clock()
    async with odd_provider() as odd:
        yield At(desk, odd)


class TestToken:
    async def test_is_believed_when_all_of_it_is_right(self, at: At) -> None:
        token = await at.arrived()
        assert (await at.desk.who(token)).actor.id == "li"
        several = with_claims(aud=[CLIENT, "another"], azp=CLIENT)
        assert await at.lasts(await at.arrived(several))
        (first, *_) = at.odd.asked
        assert len(first["code_verifier"]) == 43

    async def test_is_not_believed_when_one_thing_is_wrong(self, at: At) -> None:
        for name, make in ODD.items():
            try:
                await at.arrived(make)
            except NotBelieved:
                continue
            pytest.fail(f"was believed: {name}")
        async with at.desk.database.read() as conn:
            found = await conn.exec_driver_sql("SELECT count(*) FROM desk_session")
            assert found.scalar() == 0

    async def test_of_a_key_that_came_later_is_believed_after_another_look(self, at: At) -> None:
        await at.arrived()
        at.odd.key = RSAKey.generate_key(2048, {"kid": "two"})

        def by_the_new_key(odd: OddProvider, right: Claims) -> str:
            head = {"alg": "RS256", "kid": "two"}
            return jwt.encode(head, right, odd.key, algorithms=["RS256"])

        with pytest.raises(NotBelieved):
            await at.arrived(by_the_new_key)  # keys are not asked for twice a minute
        at.desk.clock.now += KEYS_AGAIN * 2
        assert await at.lasts(await at.arrived(by_the_new_key))


class TestPerson:
    @pytest.mark.parametrize("odd", [7, "", "../..", "a\nb", "x" * 101, ["li"], "key:li"])
    def test_is_nobody_under_an_id_that_is_none(self, odd: object) -> None:
        terms = TERMS.model_copy(update={"person_claim": "employee"})
        with pytest.raises(NoRight):
            _described({"sub": "li", "employee": odd, "groups": ["police"]}, terms)

    async def test_keeps_the_id_it_had_when_a_claim_changes(self, at: At) -> None:
        await at.arrived()
        token = await at.arrived(with_claims(name="Another Name"))
        assert (await at.desk.who(token)).actor.name == "Another Name"

    async def test_with_groups_that_are_no_list_has_none(self, at: At) -> None:
        for odd in ("police", {"police": True}, 7, [["police"]], None):
            with pytest.raises(NoRight):
                await at.arrived(with_claims(groups=odd))


class TestDescription:
    @pytest.mark.parametrize(
        "odd",
        [
            {"issuer": "https://other.example"},
            {"token_endpoint": "http://other.example/token"},
            {"authorization_endpoint": "javascript:alert(1)"},
            {"jwks_uri": None},
            {"end_session_endpoint": "https://a.example; script-src *"},
            {"end_session_endpoint": 7},
        ],
    )
    async def test_that_is_odd_begins_nothing(self, at: At, odd: Claims) -> None:
        at.odd.described = odd
        with pytest.raises(ProviderAway):
            await at.arrived()

    async def test_that_does_not_come_begins_nothing(self, desk: Desk) -> None:
        registered = Registered(issuer="http://127.0.0.1:9", client_id=CLIENT)
        provider = Provider(registered, clock=desk.clock)
        with pytest.raises(ProviderAway):
            await depart("/me", redirect_uri=BACK, provider=provider, identity=desk.identity)

    def test_over_plain_http_is_not_asked_for(self) -> None:
        with pytest.raises(ValueError, match="https"):
            Provider(Registered(issuer="http://idp.example", client_id=CLIENT), clock=system_clock)


class TestWordOfAnEnd:
    async def test_ends_the_session_or_all_of_a_subject(self, at: At) -> None:
        one = await at.arrived()
        assert await at.told(at.logout()) == 1
        assert not await at.lasts(one)
        many = [await at.arrived() for _ in range(2)]
        assert await at.told(at.logout(sid=None, sub="li")) == 2
        assert [await at.lasts(token) for token in many] == [False, False]

    async def test_of_nobody_here_ends_nothing(self, at: At) -> None:
        token = await at.arrived()
        assert await at.told(at.logout(sid="another")) == 0
        assert await at.told(at.logout(sid=None, sub="another")) == 0
        assert await at.lasts(token)

    async def test_is_not_believed_when_one_thing_is_wrong(self, at: At) -> None:
        token = await at.arrived()
        right = at.odd.right
        for odd in (
            "",
            "x.y.z",
            unsigned(at.odd, right),
            at.odd.signed(right),  # an ID token
            at.logout(nonce="any"),
            at.logout(events={}),
            at.logout(events="no"),
            at.logout(aud="somebody-else"),
            at.logout(iss="https://other.example"),
            at.logout(exp=1_700_000_000, iat=1_699_999_000),
            at.logout(sid=None),
        ):
            with pytest.raises(NotBelieved):
                await at.told(odd)
        assert await at.lasts(token)
