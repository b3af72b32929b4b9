"""Who may come in is what `people.v1` last said."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events.people import PersonRecorded
from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.register import Register, Unproven
from services.access.tokens import hmac_of, new_secret, new_token
from tests.support.keys import BEGAN, SECRET, TOKEN, key, register_of

LATER = BEGAN + timedelta(days=1)


def record(**changes: Any) -> tuple[bytes, bytes]:
    recorded = key(**changes)
    return recorded.key.encode(), recorded.model_dump_json().encode()


class TestKey:
    def test_proves_what_was_recorded_of_it(self) -> None:
        register = register_of(
            key(
                name="hotline",
                scopes=(Scope.REPORTS_WRITE,),
                roles=(ActingRole.ACCEPTOR,),
                sources=("hotline-12345",),
            )
        )
        actor = register.actor_of(TOKEN, now=LATER)
        assert isinstance(actor, Actor)
        assert actor.id == "key:hotline"
        assert actor.scopes == {Scope.REPORTS_WRITE}
        assert actor.roles == {ActingRole.ACCEPTOR}
        assert actor.reports_for("hotline-12345")
        assert not actor.reports_for("camera")
        assert not actor.everywhere

    def test_that_is_not_known_proves_nobody(self) -> None:
        assert register_of().actor_of(new_token(), now=LATER) is Unproven.UNKNOWN

    @pytest.mark.parametrize("token", ["", "tx_live_", "x" * 10_000, TOKEN[:-1], TOKEN + " ", "☃"])
    def test_that_is_no_token_proves_nobody(self, token: str) -> None:
        assert register_of().actor_of(token, now=LATER) is Unproven.UNKNOWN

    @given(st.text())
    def test_of_any_text_proves_nobody(self, token: str) -> None:
        assert register_of().actor_of(token, now=LATER) is Unproven.UNKNOWN

    def test_ends_at_its_instant(self) -> None:
        register = register_of(key(expires_at=LATER))
        assert register.actor_of(TOKEN, now=LATER) is Unproven.EXPIRED
        assert isinstance(register.actor_of(TOKEN, now=LATER - timedelta(seconds=1)), Actor)

    def test_that_was_revoked_proves_nobody(self) -> None:
        register = register_of(key(), key(version=2, revoked_at=BEGAN))
        assert register.actor_of(TOKEN, now=LATER) is Unproven.REVOKED

    def test_opens_nothing_that_a_later_release_knows(self) -> None:
        register = register_of(key(scopes=("everything.write",), roles=("emperor",)))
        actor = register.actor_of(TOKEN, now=LATER)
        assert isinstance(actor, Actor)
        assert not actor.scopes
        assert not actor.roles


class TestRegister:
    def test_without_a_secret_proves_nobody(self) -> None:
        register = Register([])
        register.note(key())
        assert register.actor_of(TOKEN, now=LATER) is Unproven.UNKNOWN

    def test_with_another_secret_proves_nobody(self) -> None:
        register = Register([new_secret().encode()])
        register.note(key())
        assert register.actor_of(TOKEN, now=LATER) is Unproven.UNKNOWN

    def test_takes_tokens_kept_by_either_secret_while_one_replaces_the_other(self) -> None:
        new, other = new_secret().encode(), new_token()
        register = Register([new, SECRET.encode()])
        register.note(key())
        register.note(key(other, id="anotherone", token_hmac=hmac_of(other, new)))
        assert isinstance(register.actor_of(TOKEN, now=LATER), Actor)
        assert isinstance(register.actor_of(other, now=LATER), Actor)

    def test_reads_states_from_records(self) -> None:
        register = Register([SECRET.encode()])
        register.take(*record())
        assert isinstance(register.actor_of(TOKEN, now=LATER), Actor)

    def test_is_changed_by_newer_states_only(self) -> None:
        register = Register([SECRET.encode()])
        register.take(*record(version=3, revoked_at=BEGAN))
        register.take(*record(version=2))
        register.take(*record(version=3))
        assert register.actor_of(TOKEN, now=LATER) is Unproven.REVOKED

    def test_forgets_what_was_taken_away(self) -> None:
        register = Register([SECRET.encode()])
        name, value = record()
        register.take(name, value)
        register.take(name, None)
        assert register.actor_of(TOKEN, now=LATER) is Unproven.UNKNOWN

    def test_forgets_the_token_that_a_newer_state_replaces(self) -> None:
        register, other = register_of(), new_token()
        register.note(key(other, version=2))
        assert register.actor_of(TOKEN, now=LATER) is Unproven.UNKNOWN
        assert isinstance(register.actor_of(other, now=LATER), Actor)

    @pytest.mark.parametrize(
        "value",
        [
            *(b"", b"{}", b"null", b"[1]", b"\xff", b"x" * 100_000),
            key(id="anotherone", version=9).model_dump_json().encode(),
            key(version=9).model_dump_json().encode().replace(b'"version":9', b'"version":"9"'),
        ],
        ids=["empty", "bare", "null", "list", "bytes", "large", "of-another", "of-another-type"],
    )
    def test_lets_nobody_in_by_what_a_state_that_cannot_be_read_replaced(
        self, value: bytes
    ) -> None:
        register = Register([SECRET.encode()])
        name, sound = record()
        register.take(name, sound)
        register.take(name, value)
        assert register.actor_of(TOKEN, now=LATER) is Unproven.UNKNOWN

    @given(st.none() | st.binary(), st.none() | st.binary())
    def test_takes_whatever_stands_there(self, name: bytes | None, value: bytes | None) -> None:
        register = register_of()
        register.take(name, value)
        assert isinstance(register.actor_of(TOKEN, now=LATER), Actor)

    def test_knows_persons(self) -> None:
        register = register_of()
        zhang = PersonRecorded(id="zhang.wei", version=1, at=BEGAN, name="张伟")
        register.take(zhang.key.encode(), zhang.model_dump_json().encode())
        assert register.person("zhang.wei") == zhang
        assert register.person("thefirst") is None
        assert register.state("key/thefirst") == key()
