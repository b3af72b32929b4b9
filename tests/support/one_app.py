"""Apps that are built once in a process: each request brings what its test has of its own.

To find out what hundreds of routes take is longer work than to ask one of them.
"""

from collections.abc import Callable, Iterator
from contextvars import Context, ContextVar
from functools import cached_property
from typing import Any, Generic, TypeVar, cast

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

T = TypeVar("T")


class OneApp(Generic[T]):
    """An app about things that each test has of its own.

    `build` gets what stands for them: whatever routes ask of that, a request finds in what it is
    about itself, and nobody finds anything without a request.
    """

    def __init__(self, build: Callable[[T], FastAPI]) -> None:
        """Take what builds the app, as soon as somebody needs it."""
        self._build = build
        self._about = ContextVar[T]("what a request is about")

    def about(self, things: T) -> ASGIApp:
        """Return the app about these things."""
        app = self._app

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            token = self._about.set(things)
            try:
                await app(scope, receive, send)
            finally:
                self._about.reset(token)

        return answer

    @cached_property
    def _app(self) -> FastAPI:
        return Context().run(self._built)  # within no request

    def _built(self) -> FastAPI:
        http = self._build(cast("T", StandIn(self._about.get)))
        http.middleware_stack = http.build_middleware_stack()
        return http


class StandIn:
    """Stands for something that only a request has; so do its attributes until there is one."""

    def __init__(self, find: Callable[[], Any]) -> None:
        """Take what finds it. Raises LookupError without a request."""
        self._find = find

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever it is
        """Return an attribute of what it stands for."""
        try:
            found = self._find()
        except LookupError:
            return StandIn(lambda: getattr(self._find(), name))
        return getattr(found, name)

    def __call__(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes
        """Call what it stands for."""
        return self._find()(*given, **named)

    def __bool__(self) -> bool:
        """Tell whether what it stands for is something."""
        return bool(self._find())

    def __iter__(self) -> Iterator[Any]:
        """Go through what it stands for."""
        return iter(self._find())
