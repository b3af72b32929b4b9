"""Routes as somebody asks them who was proven at the door."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from services.access import door
from services.access.actor import Actor


class Proven:
    """A door at which everybody is one and the same."""

    def __init__(self, app: ASGIApp, *, actor: Actor) -> None:
        self._app = app
        self._actor = actor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope[door._ACTOR] = self._actor
        await self._app(scope, receive, send)


def proven(http: FastAPI, actor: Actor) -> FastAPI:
    """Let everybody who asks be this actor."""
    http.add_middleware(Proven, actor=actor)
    return http
