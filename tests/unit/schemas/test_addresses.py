"""Which addresses are somebody's inside, however they are written."""

from ipaddress import ip_address, ip_network

import pytest

from schemas.addresses import may_reach
from schemas.plan import check_plan, parse_plan, webhook_url
from tests.unit.schemas.plan_texts import changed

INSIDE = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),  # noqa: S104 - judged
    *("172.31.255.255", "192.168.1.1", "100.64.0.1", "100.100.100.200", "169.254.169.254"),
    *("168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.9"),
    *("192.88.99.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1"),
    *("2001:db8::1", "2001::1", "3fff::1", "5f00::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1"),
    *("2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1"),
)
OUTSIDE = (
    *("1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.1"),
    *("169.253.1.1", "11.0.0.1", "126.1.1.1", "128.0.0.1", "223.255.255.255", "192.167.1.1"),
    *("2606:4700::1111", "2400:3200::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"),
)

SAME_MACHINE = (
    "http://127.0.0.1/x",
    "http://127.1/x",
    "http://2130706433/x",
    "http://0x7f000001/x",
    "http://0x7f.1/x",
    "http://0177.0.0.1/x",
    "http://017700000001/x",
    "http://127.0.0.1./x",
    "http://%31%32%37.0.0.1/x",
    "http://①②⑦.0.0.1/x",
    "HTTP://127。0。0。1/x",
    "http://[::1]/x",
    "http://[::ffff:127.0.0.1]/x",
    "http://[0:0:0:0:0:ffff:7f00:1]/x",
    "http://localhost/x",
    "http://LOCALHOST./x",
    "http://a.localhost:8080/x",
)
NO_WEBHOOK = (
    *(
        "",
        "x",
        "ftp://h/x",
        "file:///etc/passwd",
        "//h/x",
        "http:",
        "http://",
        "http:///x",
        "http:x",
    ),
    *(
        "http://h/ x",
        "http:\\\\h\\x",
        "http://u@h/",
        "http://u:p@h/",
        "https://h/#part",
        "http://h:0/",
    ),
    *("http://h:65536/", "http://h:-1/", "http://[::1/", "http://1.2.3.256/", "http://xn--/"),
    *("http://a b/", "http://h\n/", "http://h/\u00a0x", f"https://h/{'x' * 1_000}", "javascript:x"),
)


class TestAddress:
    @pytest.mark.parametrize("text", INSIDE)
    def test_inside_is_out_of_reach_unless_allowed(self, text: str) -> None:
        address = ip_address(text)
        assert not may_reach(address)
        assert may_reach(address, allowed=[ip_network(text)])

    @pytest.mark.parametrize("text", OUTSIDE)
    def test_outside_is_not(self, text: str) -> None:
        assert may_reach(ip_address(text))

    def test_in_an_allowed_network_is_reached_as_ipv6_spells_it(self) -> None:
        assert may_reach(ip_address("::ffff:10.1.2.3"), allowed=[ip_network("10.1.0.0/16")])
        assert not may_reach(ip_address("::ffff:10.2.2.3"), allowed=[ip_network("10.1.0.0/16")])


def plan_with(url: str, *, allow: str = "[]") -> bytes:
    """Return a small town's plan whose supervision has a webhook."""
    end = f'[supervision]\nwebhook = "{url}"\n[webhooks]\nallow = {allow}\n'
    return changed(end=end).encode()


class TestWebhookOfAPlan:
    @pytest.mark.parametrize("url", SAME_MACHINE)
    def test_to_the_machine_itself_is_refused_however_it_is_spelled(self, url: str) -> None:
        found = [f for f in check_plan(plan_with(url), "plan") if f.where == "supervision.webhook"]
        assert ["is not on the public internet" in f.message for f in found] == [True]
        assert "[webhooks] allow" in found[0].advice

    @pytest.mark.parametrize("url", SAME_MACHINE)
    def test_to_the_machine_itself_is_taken_where_the_house_runs_on_it(self, url: str) -> None:
        assert parse_plan(plan_with(url), name="plan", loopback=True).supervision.webhook

    @pytest.mark.parametrize("text", INSIDE)
    def test_to_an_inner_address_is_refused_unless_allowed(self, text: str) -> None:
        url = f"http://[{text}]/" if ":" in text else f"http://{text}/"
        assert "supervision.webhook" in [f.where for f in check_plan(plan_with(url), "plan")]
        allowed = plan_with(url, allow=f'["{text}"]')
        assert "supervision.webhook" not in [f.where for f in check_plan(allowed, "plan")]

    @pytest.mark.parametrize("url", NO_WEBHOOK)
    def test_that_is_none_is_refused(self, url: str) -> None:
        with pytest.raises(ValueError, match=r"webhook|web address"):
            webhook_url(url)

    @pytest.mark.parametrize("text", ["10.1.2.3/16", "10.1", "example.org", "10.0.0.0/33", ""])
    def test_may_only_be_allowed_networks(self, text: str) -> None:
        [found] = check_plan(plan_with("https://h.example/", allow=f'["{text}"]'), "plan")
        assert found.where == "webhooks.allow[0]"
        assert "is no network" in found.message
