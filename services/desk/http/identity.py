"""Signing in, put together: who proves a person, and what programs ask and tell of it."""

from fastapi import FastAPI

from services.access.pace import Strangers
from services.desk.http.by_provider import by_provider_router
from services.desk.http.entrance import Entrance
from services.desk.http.me import me_router
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


def add_identity(http: FastAPI, entrance: Entrance) -> None:
    """Add what programs ask and tell of who is signed in."""
    http.include_router(me_router(entrance))
    if entrance.provider is not None:
        http.include_router(by_provider_router(entrance, entrance.provider))


def _provider_of(settings: DeskSettings) -> Provider | None:
    if not settings.oidc_issuer:
        return None
    registered = Registered(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
    )
    return Provider(registered, clock=system_clock)
