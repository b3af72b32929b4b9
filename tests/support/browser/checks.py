"""What every page is held to: WCAG 2.2 AA as far as a program sees, the HTML standard, no error."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Page

from tests.support.browser.launched import HEIGHT, SCHEMES, WIDTHS, Scheme, errors_of, timers
from tests.support.browser.validator import Validator
from tests.support.node import node_modules

Screen = tuple[int, Scheme]
"""A width in pixels, in light or dark."""

EVERY_SCREEN: Final[tuple[Screen, ...]] = tuple(product(WIDTHS, SCHEMES))

HALVES: Final[tuple[tuple[Screen, ...], ...]] = tuple(
    tuple((width, SCHEMES[(half + number) % 2]) for number, width in enumerate(WIDTHS))
    for half in range(2)
)
"""Every screen once: each half has all widths, and both light and dark."""

_RUN_AXE: Final = """() => axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  rules: {"target-size": {enabled: true}},
  resultTypes: ["violations"],
})"""
_OVERFLOW: Final = """() => {
  const {scrollWidth, clientWidth} = document.documentElement;
  return scrollWidth > clientWidth ? `${scrollWidth} px stand in ${clientWidth}` : "";
}"""


@dataclass(frozen=True, slots=True)
class Checks:
    """Looks at pages; one that has findings is kept as a picture."""

    validator: Validator
    picture: Path

    async def __call__(self, page: Page) -> list[str]:
        """Return what is wrong with a page as it stands, none if nothing is."""
        found = [*await self._written(page), *await _shown(page), *errors_of(page)]
        return await self._kept(page, found)

    async def everywhere(self, page: Page, screens: Iterable[Screen] = EVERY_SCREEN) -> list[str]:
        """Return what is wrong with a page on any of these screens; it ends as the last."""
        found = await self._kept(page, await self._written(page))
        for width, scheme in screens:
            await page.set_viewport_size({"width": width, "height": HEIGHT})
            await page.emulate_media(color_scheme=scheme)
            shown = [f"{width} {scheme}: {one}" for one in await _shown(page)]
            found += await self._kept(page, shown)
        return found + errors_of(page)

    async def _written(self, page: Page) -> list[str]:
        """Return what is wrong with what the server sent, and with what became of it."""
        sent = await self.validator.faults(await _sent(page))
        known = {(one.rule, one.message) for one in sent}
        become = await self.validator.faults(await page.content())
        sent += [one for one in become if (one.rule, one.message) not in known]
        return [f"html: {one.rule} at {one.where}: {one.message}" for one in sent]

    async def _kept(self, page: Page, found: list[str]) -> list[str]:
        if found:
            await keep_picture(page, self.picture)
        return found


async def _shown(page: Page) -> list[str]:
    """Return what is wrong with what people see and hear of a page."""
    overflow = await page.evaluate(_OVERFLOW)
    wide = [f"wider than the window: {overflow}"] if overflow else []
    return _barriers(await _axe(page)) + wide


async def keep_picture(page: Page, to: Path) -> None:
    """Draw the whole page into a file."""
    await page.screenshot(path=to, full_page=True)  # makes the folder, too


async def _axe(page: Page) -> list[dict[str, Any]]:
    """Let axe look, through the debugger: the page's policy lets in no script of ours."""
    async with timers(page):
        if not await page.evaluate("'axe' in window"):
            source = (node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
            await page.evaluate(f"{source}; 0")
        found: dict[str, list[dict[str, Any]]] = await page.evaluate(_RUN_AXE)
    return found["violations"]


async def _sent(page: Page) -> str:
    """Return the page as the server sent it."""
    loads = [one for one in await page.requests() if one.is_navigation_request()]
    response = await loads[-1].response()
    assert response is not None, f"nothing answered at {loads[-1].url}"
    return await response.text()


def _barriers(violations: Iterable[dict[str, Any]]) -> list[str]:
    """Return what axe found, a line per element."""
    return [
        f"axe: {rule['id']} at {' '.join(map(str, node['target']))}: {rule['help']}\n"
        f"  {node['html']}\n  {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
    ]
