"""Signatures of webhooks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from standardwebhooks import Webhook

from services.notifier.use_cases.signatures import InvalidSecret, secrets_of, signed_headers

EXAMPLE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Secret, id, time and payload of the standard's own test."""
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'


class TestSignature:
    def test_is_that_of_the_standards_example(self) -> None:
        headers = signed_headers(
            BODY, id_="msg_p5jXN8AQM9LWM0D4loKWxJek", at=AT, secrets=secrets_of(EXAMPLE)
        )
        assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        assert headers["webhook-timestamp"] == "1614265330"

    def test_is_of_the_instant_whatever_its_offset(self) -> None:
        secrets = secrets_of(EXAMPLE)
        here = AT.astimezone(ZoneInfo("Asia/Shanghai"))
        assert signed_headers(BODY, id_="1", at=here, secrets=secrets) == signed_headers(
            BODY, id_="1", at=AT, secrets=secrets
        )

    def test_is_taken_by_the_official_library(self) -> None:
        now = datetime.now(UTC)
        headers = signed_headers(BODY, id_="1", at=now, secrets=secrets_of(EXAMPLE))
        assert Webhook(EXAMPLE).verify(BODY, headers) == {"test": 2432232314}

    def test_is_there_twice_while_a_secret_is_replaced(self) -> None:
        secrets = secrets_of(f"{EXAMPLE} whsec_bmV3IHNlY3JldA==")
        headers = signed_headers(BODY, id_="1", at=AT, secrets=secrets)
        assert len(headers["webhook-signature"].split()) == 2

    def test_is_missing_without_a_secret(self) -> None:
        headers = signed_headers(BODY, id_="1", at=AT, secrets=secrets_of(""))
        assert "webhook-signature" not in headers

    @pytest.mark.parametrize("text", ["abc", "whsec_", "whsec_???", "whsex_bmV3"])
    def test_needs_a_secret_as_the_standard_writes_it(self, text: str) -> None:
        with pytest.raises(InvalidSecret) as invalid:
            secrets_of(text)
        assert str(invalid.value) == "a webhook secret is written whsec_ and base64"
