"""Identity providers for tests: a real one on node, and one that says whatever it is told to."""

import asyncio
import json
import os
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.support.node import LOCKED, NODE, node_modules
from tests.support.ports import server_ports
from tests.support.receiver import Request, receiving

CLIENT = "desk"
SECRET = "of-the-client"  # noqa: S105 - of nobody
BACK = "http://localhost/sign-in/provider/back"
OUT = "http://localhost/signed-out"


@asynccontextmanager
async def real_provider(people: Mapping[str, Mapping[str, Any]]) -> AsyncIterator[str]:
    """Run an OpenID-certified provider; yields its issuer. People sign in by their names."""
    (port,) = server_ports(1)
    client = {
        "client_id": CLIENT,
        "client_secret": SECRET,
        "redirect_uris": [BACK],
        "post_logout_redirect_uris": [OUT],
        "response_types": ["code"],
    }
    told = {"PORT": str(port), "CLIENT": json.dumps(client), "PEOPLE": json.dumps(people)}
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(LOCKED / "identity_provider.cjs")),
        env={"NODE_PATH": str(node_modules()), "PATH": os.environ["PATH"]} | told,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert process.stdout is not None
    try:
        assert await process.stdout.readline() == b"listens\n"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


async def signed_in_there(url: str, name: str) -> str:
    """Sign in at the real provider as a browser does, and agree to everything.

    Returns the address to which it sends the browser back.
    """
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.get(url)
        while True:
            if answer.is_redirect:
                target = answer.url.join(answer.headers["location"])
                if target.host == "localhost":
                    return str(target)
                answer = await http.get(target)
                continue
            asked = re.search(r'name="prompt" value="(\w+)"', answer.text)
            action = re.search(r'action="([^"]+)"', answer.text)
            assert asked is not None, answer.text
            assert action is not None, answer.text
            form = {"prompt": asked[1], "login": name, "password": "any"}
            answer = await http.post(answer.url.join(action[1]), data=form)


Claims = dict[str, Any]


@dataclass(slots=True)
class OddProvider:
    """A provider whose ID token is made by a function of the claims that would be right."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    make: Callable[["OddProvider", Claims], str] = field(default=lambda odd, c: odd.signed(c))
    described: Claims = field(default_factory=dict)
    right: Claims = field(default_factory=dict)
    asked: list[Claims] = field(default_factory=list)

    def signed(self, claims: Claims, *, key: RSAKey | None = None, alg: str = "RS256") -> str:
        """Return a token of these claims, signed."""
        return jwt.encode({"alg": alg, "kid": "one"}, claims, key or self.key, algorithms=[alg])

    def answer(self, request: Request) -> Claims:
        """Return what it answers, as JSON."""
        path = urlsplit(request.target).path
        if path == "/.well-known/openid-configuration":
            places = ("authorization", "token", "end_session")
            return {
                "issuer": self.issuer,
                "jwks_uri": f"{self.issuer}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
                **{f"{one}_endpoint": f"{self.issuer}/{one}" for one in places},
            } | self.described
        if path == "/jwks":
            return {"keys": [self.key.as_dict(private=False)]}
        self.asked.append({k: v[0] for k, v in parse_qs(request.body.decode()).items()})
        token = {"access_token": "a", "token_type": "Bearer", "expires_in": 60}
        return token | {"id_token": self.make(self, dict(self.right))}


@asynccontextmanager
async def odd_provider() -> AsyncIterator[OddProvider]:
    """Run a provider that says whatever it is told to."""
    odd = OddProvider()

    async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(odd.answer(request)).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        writer.write(head.encode() + b"\r\nConnection: close\r\n\r\n" + body)
        await writer.drain()

    async with receiving(answer) as receiver:
        odd.issuer = f"http://127.0.0.1:{receiver.port}"
        yield odd
