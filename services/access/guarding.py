"""Who may come in, put together for one service: the register, whoever follows it, and the door."""

from fastapi import FastAPI

from schemas.topics import PEOPLE
from services.access.bounds import TELL_USES_SECONDS
from services.access.door import Doorkeeper, Doors, Prover
from services.access.following import Following
from services.access.passes import passes
from services.access.register import Register
from services.access.uses import TellingUses
from services.kit.clock import system_clock
from services.kit.process.runtime import Runtime
from services.kit.process.secret_settings import secrets_in


def registered(runtime: Runtime) -> Register:
    """Return the register of a service, which is whole once the service has started."""
    settings = runtime.settings
    register = Register(secrets_in(settings.access_secret.get_secret_value()))
    runtime.beside.append(Following(PEOPLE, register.take, kafka=settings.brokers))
    telling = TellingUses(
        register, runtime.publisher, service=settings.service, clock=runtime.clock
    )
    runtime.every(TELL_USES_SECONDS, telling.tell)
    return register


def guard_by_passes(http: FastAPI, runtime: Runtime, *, below: tuple[str, ...] = ("",)) -> None:
    """Put the door before all that was added so far: for keys, and below these paths for people.

    Of people holds what the desk says of them, by the machine's time, as there.
    """
    register = registered(runtime)
    secrets = secrets_in(runtime.settings.access_secret.get_secret_value())
    by_pass = passes(register, secrets=secrets, clock=system_clock, below=below)
    guard(http, runtime, register=register, provers=(by_pass,))


def guard(
    http: FastAPI,
    runtime: Runtime,
    *,
    register: Register,
    provers: tuple[Prover, ...] = (),
    open_paths: frozenset[str] = frozenset(),
    open_below: tuple[str, ...] = (),
) -> None:
    """Put the door before all that was added so far; open is what `Doors` says.

    `provers` prove who brings no key.
    """
    keeper = Doorkeeper(register, clock=runtime.clock, provers=provers)
    http.add_middleware(Doors, keeper=keeper, open_paths=open_paths, open_below=open_below)
