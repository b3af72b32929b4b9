"""Signing in, put together: its routes, which of them are open, and who proves a person."""

from collections.abc import Callable
from typing import Final

from fastapi import FastAPI

from schemas.plan import Plan
from services.access.pace import Strangers
from services.desk.http.by_provider import BACK, ENDED, GO, by_provider_router
from services.desk.http.me import OWN, me_router
from services.desk.http.signing_in import OPEN, Entrance, signing_in_router
from services.desk.http.site import Site
from services.desk.http.watch import Watch
from services.desk.metrics import DeskMetrics
from services.desk.settings import DeskSettings
from services.desk.use_cases.hashing import Hashing
from services.desk.use_cases.identity import Identity, known_bad_passwords
from services.desk.use_cases.provider import Provider, Registered
from services.desk.use_cases.sealing import Sealer
from services.kit.clock import system_clock
from services.kit.process.secret_settings import secrets_in
from services.kit.sql.database import Database

OPEN_PATHS: Final = frozenset({*OPEN, *OWN, GO, BACK, ENDED})
"""Paths that ask for themselves who somebody is, if they do."""

OPEN_BELOW: Final = ("/first/",)
"""Where a link leads that proves somebody by itself."""


def entrance_of(settings: DeskSettings, *, database: Database, metrics: DeskMetrics) -> Entrance:
    """Return what signing in needs, as the settings say."""
    secrets = secrets_in(settings.access_secret.get_secret_value())
    identity = Identity(
        database=database,
        clock=system_clock,
        hashing=Hashing(),
        sealer=Sealer(secrets, purpose="second factors"),
        known_bad=known_bad_passwords(),
    )
    return Entrance(
        site=Site(public_url=settings.public_url, strangers=Strangers()),
        identity=identity,
        watch=Watch(metrics.sign_ins),
        provider=_provider_of(settings),
    )


def add_identity(http: FastAPI, entrance: Entrance, *, plan: Callable[[], Plan]) -> None:
    """Add the routes of signing in; what groups of a provider mean is the plan's in use."""
    http.include_router(signing_in_router(entrance))
    http.include_router(me_router(entrance))
    if entrance.provider is not None:
        terms = lambda: plan().sign_in.oidc  # noqa: E731 - as short as it is read
        http.include_router(by_provider_router(entrance, entrance.provider, terms))


def _provider_of(settings: DeskSettings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    registered = Registered(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
    )
    return Provider(registered, clock=system_clock)
