"""Addresses: what counts as one, and which is this machine."""

from services.kit.http.addresses import is_loopback, network_of


class TestNetwork:
    def test_is_the_address_itself_or_a_households(self) -> None:
        assert network_of("192.0.2.1") == "192.0.2.1"
        assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
        assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")

    def test_of_a_v4_address_written_as_v6_is_the_same(self) -> None:
        assert network_of("::ffff:192.0.2.1") == "192.0.2.1"

    def test_of_what_is_no_address_is_what_it_is(self) -> None:
        assert network_of("a socket") == "a socket"

    def test_of_a_link_is_its_households(self) -> None:
        assert network_of("fe80::1%eth0") == network_of("fe80::2%eth1")


class TestLoopback:
    def test_is_a_name_or_an_address_of_this_machine(self) -> None:
        assert all(map(is_loopback, ("localhost", "127.9.9.9", "::1")))

    def test_is_no_name_that_only_looks_so(self) -> None:
        assert not any(map(is_loopback, ("localhost.evil.example", "127.0.0.1.nip.io", "", "a b")))
