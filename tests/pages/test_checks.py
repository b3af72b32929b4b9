"""What looks at pages finds what is wrong, under the desk's own policy, and nothing else."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.support.browser.checks import Checks
from tests.support.browser.launched import View, errors_of, opened

HERE = "http://desk.example/"
POLICY = "default-src 'none'; style-src 'self'; script-src 'self'"
SOUND = '<h1>同心 Tongxin</h1><p>今天 Today <a href="/cases">案件 Cases</a></p>'
STYLE = """
.pale { color: #bbb; background: #fff }
button { display: block; width: 9px; height: 9px }
.wide { width: 3000px }
"""


def page_of(main: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>A page</title>'
        '<meta name="viewport" content="width=device-width">'
        '<link rel="stylesheet" href="/style.css"><script src="/script.js"></script></head>'
        f"<body><main>{main}</main></body></html>"
    )


async def shown(page: Page, main: str, *, script: str = "", status: int = 200) -> None:
    """Answer a browser with a page, its style and its script, and nothing else."""

    async def answer(route: Route) -> None:
        known = {
            HERE: (page_of(main), "text/html"),
            f"{HERE}style.css": (STYLE, "text/css"),
            f"{HERE}script.js": (script, "text/javascript"),
        }
        if route.request.url not in known:
            await route.fulfill(status=404)
            return
        body, kind = known[route.request.url]
        is_page = kind == "text/html"
        await route.fulfill(
            body=body,
            status=status if is_page else 200,
            headers={
                "Content-Type": f"{kind}; charset=utf-8",
                **({"Content-Security-Policy": POLICY} if is_page else {}),
            },
        )

    await page.route("**/*", answer)
    await page.goto(HERE)


class TestSoundPage:
    @pytest.mark.parametrize("view", [View(scripts=True), View(scripts=False)], ids=str)
    async def test_has_nothing_against_it(self, page: Page, checked: Checks) -> None:
        await shown(page, SOUND)
        assert await checked(page) == []
        assert await checked.everywhere(page) == []
        assert not checked.picture.exists()

    async def test_may_be_an_answer_of_refusal(self, page: Page, checked: Checks) -> None:
        await shown(page, SOUND, status=422)
        assert await checked(page) == []

    async def test_shows_chinese(self, page: Page) -> None:
        await shown(page, "<span>同心</span>")
        box = await page.locator("span").bounding_box()
        assert box is not None
        # As wide as two characters of a font that has them.
        assert box["width"] == pytest.approx(2 * 16, abs=1)

    @pytest.mark.parametrize(
        ("view", "text"),
        [(View(scripts=True), "ran"), (View(scripts=False), "A page")],
        ids=["with-scripts", "without"],
    )
    async def test_runs_its_script_where_scripts_run(
        self, page: Page, checked: Checks, text: str
    ) -> None:
        await shown(page, SOUND, script="document.title = 'ran'")
        assert await checked(page) == []
        await expect(page).to_have_title(text)
        await page.reload()
        await expect(page).to_have_title(text)


class TestFault:
    @pytest.mark.parametrize("view", [View(scripts=True), View(scripts=False)], ids=str)
    @pytest.mark.parametrize(
        ("main", "told"),
        [
            ('<p class="pale">pale</p>', "axe: color-contrast at p"),
            ('<input name="person">', "axe: label at input"),
            ("<button>a</button>" * 3, "axe: target-size at button:nth-child(1)"),
            ('<p class="wide">wide</p>', "wider than the window: 3"),
            ("<ul><p>no item</p></ul>", "html: element-permitted-content"),
            ('<p id="a">a</p><p id="a">b</p>', "html: no-dup-id"),
        ],
    )
    async def test_is_found_and_kept_as_a_picture(
        self, page: Page, checked: Checks, main: str, told: str
    ) -> None:
        await shown(page, main)
        assert told in "\n".join(await checked(page))
        assert checked.picture.read_bytes().startswith(b"\x89PNG")
        checked.picture.unlink()

    async def test_of_one_width_and_scheme_is_found_there(
        self, page: Page, checked: Checks, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rule = "@media (width < 500px) and (prefers-color-scheme: dark) { p { color: #eee } }"
        monkeypatch.setitem(globals(), "STYLE", f"html {{ background: #fff }} {rule}")
        await shown(page, "<p>only there</p>")
        found = await checked.everywhere(page)
        assert [one.partition(" at ")[0] for one in found] == ["390 dark: axe: color-contrast"]
        checked.picture.unlink()

    async def test_that_a_script_made_is_found(self, page: Page, checked: Checks) -> None:
        script = "addEventListener('load', () => document.querySelector('p').id = 'a b')"
        await shown(page, "<p>x</p>", script=script)
        assert "html: valid-id" in "\n".join(await checked(page))
        checked.picture.unlink()

    @pytest.mark.parametrize(
        ("main", "script", "told"),
        [
            ("<script>1</script>", "", "Content Security Policy"),
            ('<p style="color: red">red</p>', "", "Content Security Policy"),
            ('<img src="https://elsewhere.example/a.png" alt="">', "", "Content Security Policy"),
            ("", "eval('1')", "a script failed: "),
            ("", "nothing.at.all", "a script failed: nothing is not defined"),
            ("", "console.error('oh')", "oh"),
        ],
    )
    async def test_that_the_browser_tells_is_found(
        self, browser: Browser, checked: Checks, main: str, script: str, told: str
    ) -> None:
        async with opened(browser, View()) as page:
            await shown(page, main, script=script)
            assert told in "\n".join(await checked(page))
            await page.goto("about:blank")
            assert told in "\n".join(errors_of(page))  # and nobody forgets it
        checked.picture.unlink()


@pytest.fixture
def desk() -> None:
    """Be no desk: pages are answered in the browser itself."""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Return a place for pictures of faults that are meant."""
    return tmp_path / "picture.png"
