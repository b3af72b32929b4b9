"""Every page holds on any screen, in both languages, light and dark, and without scripts."""

import pytest

from tests.pages.conftest import Opens
from tests.support.browser.checks import HALVES, Checks
from tests.support.browser.every_page import EVERY_PAGE
from tests.support.browser.launched import LANGUAGES, View
from tests.support.browser.served_desk import ServedDesk


class TestEveryPage:
    @pytest.mark.parametrize("name", EVERY_PAGE)
    async def test_has_nothing_against_it(
        self, name: str, opens: Opens, desk: ServedDesk, checked: Checks
    ) -> None:
        found: dict[str, str] = {}
        # A half of the screens for each language: axe takes long, and every pair is looked at.
        for language, screens in zip(LANGUAGES, HALVES, strict=True):
            page = await opens(View(language=language))
            await EVERY_PAGE[name](page, desk)
            for finding in await checked.everywhere(page, screens):
                found.setdefault(finding, language)
        page = await opens(View(scripts=False))
        await EVERY_PAGE[name](page, desk)
        for finding in await checked(page):
            found.setdefault(finding, "without scripts")
        assert found == {}
