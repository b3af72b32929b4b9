"""A browser with fonts of ours, and pages in it: of some width, in some language, with scripts."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary
from xml.sax.saxutils import escape

from noto_cjk_sans_otc import FONT_PATH
from playwright.async_api import (
    Browser,
    CDPSession,
    ConsoleMessage,
    Error,
    Page,
    Request,
    async_playwright,
    expect,
)

from tests.support.browser.chromium import chromium

Scheme = Literal["light", "dark"]

WIDTHS: Final = (1440, 1024, 390)
"""What pages are looked at in, in CSS pixels: a desk's screen, a small one, a phone."""

LANGUAGES: Final = ("zh-CN", "en-GB")
SCHEMES: Final[tuple[Scheme, ...]] = ("light", "dark")

HEIGHT: Final = 900
_PATIENCE_MS: Final = 120_000
_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
_ARGUMENTS: Final = (
    "--no-sandbox",  # which needs what neither root nor a container has
    "--disable-gpu",
    "--no-zygote",
    "--font-render-hinting=none",
)

_MAY_FAIL: Final = {"/live"}
"""What is asked for again and again, also of a server that is away."""

_silent: Final = WeakKeyDictionary[Page, CDPSession]()
"""Pages without scripts: whoever switched them off can switch them on, and nobody else."""


@dataclass
class _Heard:
    """What a browser says while it shows pages: broken rules of a policy are among it."""

    errors: list[str] = field(default_factory=list)
    _pages: set[str] = field(default_factory=set)

    def asked(self, request: Request) -> None:
        if request.is_navigation_request():
            self._pages.add(request.url)

    def said(self, message: ConsoleMessage) -> None:
        # A page may be an answer of refusal, or what it asks for of its own accord to see what
        # changes; a style, a script or an icon may not.
        where = message.location["url"]
        path = urlsplit(where).path
        may_fail = where in self._pages or path in _MAY_FAIL or path.endswith("/looking")
        failed = message.text.startswith("Failed to load resource")
        if message.type in {"error", "warning"} and not (failed and may_fail):
            self.errors.append(f"{where}: {message.text}")

    def failed(self, error: Error) -> None:
        self.errors.append(f"a script failed: {error.message}")


_heard: Final = WeakKeyDictionary[Page, _Heard]()


@dataclass(frozen=True, slots=True)
class View:
    """How somebody looks at a page; `width` in CSS pixels, `language` as a browser asks for it.

    With `touch` it is a phone's, without a mouse.
    """

    width: int = WIDTHS[0]
    language: str = LANGUAGES[0]
    scheme: Scheme = "light"
    scripts: bool = True
    touch: bool = False


@asynccontextmanager
async def launched(folder: Path) -> AsyncIterator[Browser]:
    """Run a browser that writes into a folder, and draws Chinese on a machine without fonts.

    It waits minutes for what is to come, as all tests do. Raises ChromiumMissing.
    """
    found = chromium()
    fonts = folder / "fonts.conf"
    there, cache = escape(str(Path(str(FONT_PATH)).parent)), escape(str(folder / "fonts"))
    fonts.write_text(_FONTS.format(fonts=there, cache=cache), encoding="utf-8")
    expect.set_options(timeout=_PATIENCE_MS)
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(
            executable_path=found.program,
            args=_ARGUMENTS,
            env={**os.environ, **found.environment, "FONTCONFIG_FILE": str(fonts)},
            timeout=_PATIENCE_MS,
        ) as browser,
    ):
        yield browser


@asynccontextmanager
async def opened(browser: Browser, view: View) -> AsyncIterator[Page]:
    """Open an empty page in a context of its own: without cookies, as a new visitor has it."""
    async with await browser.new_context(
        viewport={"width": view.width, "height": HEIGHT},
        locale=view.language,
        color_scheme=view.scheme,
        reduced_motion="reduce",
        has_touch=view.touch,
        is_mobile=view.touch,
    ) as context:
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        _heard[page] = heard = _Heard()
        page.on("request", heard.asked)
        page.on("console", heard.said)
        page.on("pageerror", heard.failed)
        if not view.scripts:
            _silent[page] = await context.new_cdp_session(page)
            await _let_run(page, scripts=False)
        yield page


def errors_of(page: Page) -> list[str]:
    """Return what the browser had against all that a page showed until now."""
    return list(_heard[page].errors)


@asynccontextmanager
async def timers(page: Page) -> AsyncIterator[None]:
    """Let timers run for a while on a page without scripts; its own scripts still do not."""
    if page not in _silent:
        yield
        return
    await _let_run(page, scripts=True)
    yield
    await _let_run(page, scripts=False)


async def _let_run(page: Page, *, scripts: bool) -> None:
    await _silent[page].send("Emulation.setScriptExecutionDisabled", {"value": not scripts})
