"""Every page of the desk, put together."""

from typing import Final

from fastapi import FastAPI

from services.desk.http.entrance import Entrance
from services.desk.http.site import Site
from services.desk.pages.account_page import account_router
from services.desk.pages.acting import acting_router
from services.desk.pages.admin.administration import Administration
from services.desk.pages.admin.audit import audit_router
from services.desk.pages.admin.dead_letters import dead_letters_page
from services.desk.pages.admin.deliveries import deliveries_page
from services.desk.pages.admin.health import health_router
from services.desk.pages.admin.keys import keys_router
from services.desk.pages.admin.people import people_router
from services.desk.pages.admin.plan import plan_router
from services.desk.pages.admin.sessions import sessions_router
from services.desk.pages.bulk_page import bulk_router
from services.desk.pages.case_file import file_router
from services.desk.pages.case_page import case_router
from services.desk.pages.contact_page import contact_router
from services.desk.pages.duty_page import duty_router
from services.desk.pages.exporting import export_router
from services.desk.pages.first_password_page import first_password_router
from services.desk.pages.frame import Frame
from services.desk.pages.list_page import list_router
from services.desk.pages.map_page import map_router
from services.desk.pages.merge_page import merge_router
from services.desk.pages.overview_page import overview_router
from services.desk.pages.provider_page import provider_router
from services.desk.pages.public_page import NUMBERS, public_router
from services.desk.pages.report_page import report_router
from services.desk.pages.saved_page import saved_router
from services.desk.pages.shortcuts import shortcuts_router
from services.desk.pages.sign_in_page import sign_in_router
from services.desk.pages.start import OPEN, assets_router, start_router
from services.desk.use_cases.bulks import Bulks
from services.desk.use_cases.contacts import Intakes
from services.desk.use_cases.saying import Saying

PAGES_OPEN: Final = OPEN | NUMBERS
"""Paths that everybody may ask for."""


def add_pages(http: FastAPI, frame: Frame, site: Site, door: Saying) -> None:
    """Add the pages; before the doors of the same addresses that answer JSON."""
    http.include_router(start_router(site))
    http.include_router(assets_router())
    http.include_router(shortcuts_router(frame, site))
    http.include_router(public_router(frame, site))
    http.include_router(list_router(frame))
    http.include_router(saved_router(frame))
    http.include_router(overview_router(frame))
    http.include_router(map_router(frame))
    http.include_router(duty_router(frame))
    http.include_router(export_router(frame))
    http.include_router(case_router(frame))
    http.include_router(file_router(frame))
    http.include_router(merge_router(frame))
    http.include_router(acting_router(frame, door))
    sender = Bulks(database=frame.database, publisher=door.publisher, clock=frame.clock)
    http.include_router(bulk_router(frame, sender))
    http.include_router(report_router(frame, door))


def add_entrance(http: FastAPI, frame: Frame, entrance: Entrance) -> None:
    """Add the pages of signing in, and of one's own account; before the doors that answer JSON."""
    http.include_router(sign_in_router(frame, entrance))
    http.include_router(first_password_router(frame, entrance))
    http.include_router(account_router(frame, entrance))
    if entrance.provider is not None:
        http.include_router(provider_router(frame, entrance, entrance.provider))


def add_administration(http: FastAPI, administration: Administration) -> None:
    """Add the pages of administrators, and the one that asks intake as theirs ask others."""
    of_people = (people_router, keys_router, sessions_router, audit_router)
    of_services = (plan_router, health_router, deliveries_page, dead_letters_page)
    for made in (*of_people, *of_services):
        http.include_router(made(administration))
    intakes = Intakes(others=administration.others)
    http.include_router(contact_router(administration.frame, intakes))
