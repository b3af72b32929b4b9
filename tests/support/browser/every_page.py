"""Every page of the desk, and how one comes there: what is checked and drawn. New pages join it."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from playwright.async_api import Page, expect
from sqlalchemy import delete

from schemas.roles import ActingRole
from services.desk.domain.people import ADMINISTRATOR_ID, Described, Membership
from services.desk.store import lookers
from services.desk.store.keys import KEY
from services.desk.store.work_tables import SavedView
from services.desk.use_cases.people import record
from services.kit.sql.declaring import table_of
from tests.support.browser.bulk_pages import BULK_PAGES
from tests.support.browser.help_pages import HELP_PAGES
from tests.support.browser.letter_pages import LETTER_PAGES
from tests.support.browser.report_pages import REPORT_PAGES
from tests.support.browser.served_desk import ServedDesk
from tests.support.desk import GOOD
from tests.support.desk_files import photo
from tests.support.desk_town import AFTERNOON, LONG
from tests.support.notifier import case_of
from tests.support.public_numbers import tell_months
from tests.support.report_links import path_of

Way = Callable[[Page, ServedDesk], Awaitable[object]]
"""Leads an empty page of a new visitor to where it is looked at."""


def at(path: str) -> Way:
    """Return the way to a page that everybody may see."""
    return lambda page, desk: page.goto(f"{desk.url}{path}")


def signed_in_at(path: str, *roles: ActingRole, department: str = "") -> Way:
    """Return the way to a page, for somebody with these roles."""

    async def way(page: Page, desk: ServedDesk) -> None:
        await desk.sign_in(page, *roles, department=department)
        await page.goto(f"{desk.url}{path}")

    return way


async def _with_others(page: Page, desk: ServedDesk) -> None:
    """See a case that somebody else has open."""
    await desk.desk.add("周敏", ActingRole.SUPERVISOR)
    async with desk.desk.database.write() as conn:
        await lookers.look(conn, case_of("8"), "周敏", now=desk.desk.clock())
    handler = signed_in_at(
        f"/cases/{case_of('8')}", ActingRole.HANDLER, department="urban-management"
    )
    await handler(page, desk)


async def _refused(page: Page, desk: ServedDesk) -> None:
    await page.goto(f"{desk.url}/sign-in")
    await page.locator("input[name=person]").fill("nobody")
    await page.locator("input[name=password]").fill("not the password")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()


async def _too_often(page: Page, desk: ServedDesk) -> None:
    for _ in range(7):
        await _refused(page, desk)


async def _first_password(page: Page, desk: ServedDesk) -> None:
    await desk.desk.add(ADMINISTRATOR_ID, ActingRole.ADMINISTRATOR)
    await page.goto(f"{desk.url}/first/{await desk.desk.link(ADMINISTRATOR_ID)}")


async def _first_password_weak(page: Page, desk: ServedDesk) -> None:
    await _first_password(page, desk)
    for name in ("password", "again"):
        await page.locator(f"input[name={name}]").fill("password 2026!")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()


async def _password_refused(page: Page, desk: ServedDesk) -> None:
    await signed_in_at("/me", ActingRole.HANDLER, department="fire")(page, desk)
    form = page.locator("form[action='/me/password']")
    for name in ("old", "password", "again"):
        await form.locator(f"input[name={name}]").fill("not the password")
    await page.keyboard.press("Enter")
    await page.get_by_role("alert").wait_for()


async def _second_factor(page: Page, desk: ServedDesk) -> None:
    """See the secret of a second factor that is being set up."""
    await signed_in_at("/me", ActingRole.HANDLER)(page, desk)
    await page.locator("summary").click()
    form = page.locator("form[action='/me/second-factor']")
    await form.locator("input").fill(GOOD)
    await page.keyboard.press("Enter")
    await page.locator("form[action='/me/second-factor/confirm']").wait_for()


def _looked(number: str) -> Way:
    """Return the way to what a look at the reporters of a case shows."""

    async def way(page: Page, desk: ServedDesk) -> None:
        await signed_in_at(f"/cases/{case_of(number)}", ActingRole.DISPATCHER)(page, desk)
        await page.locator("#look input[name=reason]").fill("核实地址")
        await page.locator("#look button").click()
        await page.locator(".contact").wait_for()

    return way


async def _people(desk: ServedDesk) -> None:
    """Let people and a key be known, some with long names and several places."""
    await desk.desk.add("wang.fang", ActingRole.DISPATCHER, ActingRole.SHIFT_LEAD)
    await desk.desk.add("li.wei", ActingRole.HANDLER, departments=["police", "fire", "market"])
    async with desk.desk.database.write() as conn:
        long = Described(
            id="a-name-that-does-not-end-" * 3,
            name=LONG[:200],
            roles=frozenset(ActingRole),
            memberships=frozenset({Membership(area="36011100300103", shift=LONG[:60])}),
        )
        await record(conn, long, now=desk.desk.clock())


def _administrator_at(path: str) -> Way:
    """Return the way to an administrator's page, with people to see."""

    async def way(page: Page, desk: ServedDesk) -> None:
        await _people(desk)
        await signed_in_at(path, ActingRole.ADMINISTRATOR)(page, desk)

    return way


def _sent_at(path: str, *, form: str, **typed: str) -> Way:
    """Return the way to what an administrator gets who fills in a form, and sends it."""

    async def way(page: Page, desk: ServedDesk) -> None:
        await _administrator_at(path)(page, desk)
        for details in await page.locator("details").all():
            if await details.locator(form).count():
                await details.locator("summary").click()
        for name, value in typed.items():
            await page.locator(f"{form} [name='{name}']").fill(value)
        await page.locator(f"{form} button").last.click()
        await page.wait_for_load_state()

    return way


async def _key_made(page: Page, desk: ServedDesk) -> None:
    """Make a key, and see its token."""
    async with desk.desk.database.write() as conn:
        await conn.execute(delete(KEY))
    await _administrator_at("/new-key")(page, desk)
    await page.locator("[name=name]").fill("hotline")
    await page.locator("[name='scope.cases.read']").check()
    await page.locator("[name='party.fire']").check()
    await page.locator("form.sheet button").click()
    await page.locator(".secret").wait_for()


def _with_a_key(path: str) -> Way:
    """Return the way to a page when there is a key."""

    async def way(page: Page, desk: ServedDesk) -> None:
        await _key_made(page, desk)
        await page.goto(f"{desk.url}{path}")

    return way


async def _done_with_photos(page: Page, desk: ServedDesk) -> None:
    """See the form that says that work is done, open."""
    path = f"/cases/{case_of('2')}"
    await signed_in_at(path, ActingRole.HANDLER, department="urban-management")(page, desk)
    await page.locator(".actions summary", has_text=re.compile("办结|It is done")).first.click()


async def _chosen_photos(page: Page, desk: ServedDesk) -> None:
    """See what is here already, to be chosen as a proof."""
    await _done_with_photos(page, desk)
    choice = page.locator("details[open] .choice").first
    await choice.locator("summary").click()
    await choice.locator("input").nth(1).check()


async def _mistake(page: Page, desk: ServedDesk) -> None:
    """See how a photo is taken away that the reader brought just now."""
    path = f"/cases/{case_of('2')}"
    await signed_in_at(path, ActingRole.HANDLER, department="urban-management")(page, desk)
    mine = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(size=(640, 480))}
    await page.locator(".bring input[type=file]").set_input_files(mine)  # type: ignore[arg-type] # a file
    await page.locator(".bring button").click()
    await page.locator(".shelf summary").click()


async def _standard_text(page: Page, desk: ServedDesk) -> None:
    """See a standard text in its box, below what was typed there before."""
    await _done_with_photos(page, desk)
    form = page.locator("details[open] form")
    await form.locator("[name=result]").fill("现场照片已上传。")
    await form.locator("[name=text]").select_option("done-solved")
    await form.locator("[name=use]").click()
    await expect(page.locator("[name=result]")).to_have_value(re.compile("^现场照片已上传。\n."))


async def _broken_photo(page: Page, desk: ServedDesk) -> None:
    """See why a photo was not taken."""
    path = f"/cases/{case_of('2')}"
    await signed_in_at(path, ActingRole.HANDLER, department="urban-management")(page, desk)
    broken = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"<svg onload='alert(1)'/>"}
    await page.locator(".bring input[type=file]").set_input_files(broken)  # type: ignore[arg-type] # a file
    await page.locator(".bring button").click()
    await page.get_by_role("alert").wait_for()


async def _shortcuts(page: Page, desk: ServedDesk) -> None:
    """See what keys do, above a list."""
    await signed_in_at("/cases?open=true", ActingRole.DISPATCHER)(page, desk)
    await page.keyboard.press("?")


def compact(way: Way) -> Way:
    """Return the way to a page of somebody who wants lines close."""

    async def closer(page: Page, desk: ServedDesk) -> None:
        await way(page, desk)
        await page.locator("form:has([name=density]) button").click()
        await page.locator("html.compact").wait_for()

    return closer


async def _keep_lists(page: Page, desk: ServedDesk) -> None:
    """See a list that somebody keeps, beside one with a long name."""
    await desk.sign_in(page, ActingRole.HANDLER, department="urban-management")
    async with desk.desk.database.write() as conn:
        await conn.execute(delete(table_of(SavedView)))
    for name, query in ((LONG[:40], "open=false"), ("一般案件", "open=true&urgency=G")):
        await page.goto(f"{desk.url}/cases?{query}")
        await page.locator(".keep input[name=name]").fill(name)
        await page.locator(".keep button").click()
        await page.wait_for_load_state()


async def _kept_lists(page: Page, desk: ServedDesk) -> None:
    """See what is said to a name that somebody uses already, above what they keep."""
    await _keep_lists(page, desk)
    await page.goto(f"{desk.url}/cases?open=true&text=路")
    await page.locator(".keep input[name=name]").fill("一般案件")
    await page.locator(".keep button").click()
    await page.get_by_role("alert").wait_for()


def _numbers(*, months: int, share: float = 1) -> Way:
    """Return the way to the numbers that everybody may see, of so many months."""

    async def way(page: Page, desk: ServedDesk) -> None:
        until = AFTERNOON.date() - timedelta(days=2)
        await tell_months(desk.desk.database, until=until, months=months, share=share)
        await page.goto(f"{desk.url}/numbers")

    return way


_CASES: Final = ("1", "2", "4", "6", "7")
"""Reports of the town: done, merged and supervised, of several parties, unclear, very long."""

_REPORTED: Final = ("1", "4", "7", "21", "22")
"""Reports of the town: done, of several parties, very long, merged, and not accepted."""


async def _not_solved(page: Page, desk: ServedDesk) -> None:
    """See that a text is asked for once more."""
    await page.goto(f"{desk.url}{path_of('1')}")
    await page.locator("summary").click()
    await page.locator("details textarea").fill(" ")
    await page.locator("details button").click()
    await page.get_by_role("alert").wait_for()


async def _rating_not_taken(page: Page, desk: ServedDesk) -> None:
    """See that who is dissatisfied is asked why."""
    await page.goto(f"{desk.url}{path_of('1')}")
    await page.locator("[value=dissatisfied]").check()
    await page.locator(".rating button").click()
    await page.get_by_role("alert").wait_for()


EVERY_PAGE: Final[dict[str, Way]] = {
    "sign-in": at("/sign-in"),
    "sign-in-refused": _refused,
    "sign-in-too-often": _too_often,
    "signed-out": at("/signed-out"),
    "first-password": _first_password,
    "first-password-weak": _first_password_weak,
    "first-password-no-link": at("/first/none"),
    "provider-away": at("/sign-in/provider"),
    "me-handler": signed_in_at("/me", ActingRole.HANDLER),
    "me-refused": _password_refused,
    "me-administrator": signed_in_at("/me", ActingRole.ADMINISTRATOR),
    "me-shift-lead": signed_in_at("/me", ActingRole.SHIFT_LEAD),
    "me-second-factor": _second_factor,
    "list-handler": signed_in_at(
        "/cases?open=true", ActingRole.HANDLER, department="urban-management"
    ),
    "list-dispatcher": signed_in_at("/cases?unheld=true", ActingRole.DISPATCHER),
    "list-late": signed_in_at("/cases?late=true", ActingRole.SUPERVISOR),
    "map": signed_in_at("/map", ActingRole.DISPATCHER),
    "duty": signed_in_at("/duty", ActingRole.DISPATCHER),
    "overview": signed_in_at("/overview", ActingRole.SUPERVISOR),
    "list-empty": signed_in_at("/cases?text=nothing+of+this", ActingRole.SUPERVISOR),
    "list-refused": signed_in_at("/cases?level=nine", ActingRole.SUPERVISOR),
    **{f"case-{n}": signed_in_at(f"/cases/{case_of(n)}", ActingRole.SUPERVISOR) for n in _CASES},
    "case-handler": signed_in_at(
        f"/cases/{case_of('8')}", ActingRole.HANDLER, department="urban-management"
    ),
    "merge": signed_in_at(
        f"/cases/{case_of('8')}/merge?into={case_of('7')}", ActingRole.SHIFT_LEAD
    ),
    "merge-not": signed_in_at(
        f"/cases/{case_of('8')}/merge?into={case_of('1')}", ActingRole.DISPATCHER
    ),
    "case-shift-lead": signed_in_at(f"/cases/{case_of('5')}", ActingRole.SHIFT_LEAD),
    "list-shift-lead": signed_in_at("/cases?open=true", ActingRole.SHIFT_LEAD),
    **BULK_PAGES,
    "people": _administrator_at("/people"),
    "person": _administrator_at("/people/li.wei"),
    "person-refused": _sent_at("/new-person", form="form.sheet", id="li.wei", name="x"),
    "person-link": _sent_at("/people/li.wei", form="form:has([value=link])"),
    "key-new": _administrator_at("/new-key"),
    "keys": _with_a_key("/keys"),
    "key": _with_a_key("/keys/hotline"),
    "sessions": _administrator_at("/open-sessions"),
    "audit": _administrator_at("/audit"),
    "case-others": _with_others,
    "plan": _administrator_at("/plan-in-use"),
    "health": _administrator_at("/processes"),
    "deliveries": _administrator_at("/deliveries?receiver=police"),
    "deliveries-none": _administrator_at("/deliveries?state=waiting"),
    "deliveries-away": _administrator_at("/deliveries?state=sent"),
    "delivery-not-sent": _sent_at("/deliveries", form="li:nth-child(2) form"),
    **LETTER_PAGES,
    **REPORT_PAGES,
    "shortcuts": _shortcuts,
    "list-kept": _keep_lists,
    "views-taken": _kept_lists,
    "list-compact": compact(signed_in_at("/cases?open=true", ActingRole.SHIFT_LEAD)),
    "case-compact": compact(
        signed_in_at(f"/cases/{case_of('4')}", ActingRole.HANDLER, department="urban-management")
    ),
    "shortcuts-page": signed_in_at("/shortcuts", ActingRole.ADMINISTRATOR),
    **{f"resident-{n}": at(path_of(n)) for n in _REPORTED},
    "resident-not-solved": _not_solved,
    "resident-rating-not-taken": _rating_not_taken,
    "resident-rated": at(path_of("23")),
    "resident-none": at("/r/none"),
    "numbers": _numbers(months=4),
    "numbers-too-few": _numbers(months=1, share=0.03),
    "numbers-none": _numbers(months=0),
    "numbers-other-days": at("/numbers?from=2020-01-01"),
    "case-file": signed_in_at(f"/cases/{case_of('2')}/file", ActingRole.SUPERVISOR),
    "case-file-long": signed_in_at(f"/cases/{case_of('7')}/file", ActingRole.SUPERVISOR),
    "case-done-with-photos": _done_with_photos,
    "case-done-chosen": _chosen_photos,
    "case-photo-by-mistake": _mistake,
    "case-standard-text": _standard_text,
    **HELP_PAGES,
    "case-broken-photo": _broken_photo,
    **{f"contact-{n}": _looked(n) for n in ("2", "5", "6", "8")},
    "case-unknown": signed_in_at(f"/cases/{case_of('none')}", ActingRole.SUPERVISOR),
}
