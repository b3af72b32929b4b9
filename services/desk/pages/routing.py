"""Which requests are for a page: a browser's; all others get JSON at the same address."""

from typing import Final

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.routing import Match
from starlette.types import Scope
from typing_extensions import override

from schemas.cloudevents import media_type_of
from services.desk.http.form import FORM
from services.kit.http.request_guard import MULTIPART

_HTML: Final = "text/html"


def wants_page(headers: Headers) -> bool:
    """Tell whether somebody asks for a page.

    >>> wants_page(Headers({"accept": "text/html,*/*;q=0.8"})), wants_page(Headers({}))
    (True, False)
    """
    return _HTML in headers.get("accept", "")


def is_form(headers: Headers) -> bool:
    """Tell whether somebody sends a form."""
    return media_type_of(headers.get("content-type", "")) == FORM


def brings_files(headers: Headers) -> bool:
    """Tell whether somebody sends files, as a form of ours does, and a program."""
    return media_type_of(headers.get("content-type", "")) == MULTIPART


class _PageRoute(APIRoute):
    """A route that is there for browsers alone."""

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and not self._is_for_a_page(scope):
            return Match.NONE, {}
        return super().matches(scope)

    @staticmethod
    def _is_for_a_page(scope: Scope) -> bool:
        headers = Headers(scope=scope)
        if scope["method"] in {"GET", "HEAD"}:
            return wants_page(headers)
        return is_form(headers) or (brings_files(headers) and wants_page(headers))


def pages_router() -> APIRouter:
    """Return a router whose routes answer browsers alone, and stand in no document of an API."""
    return APIRouter(route_class=_PageRoute, include_in_schema=False)
