"""Every page holds on any screen, in both languages, light and dark, with and without scripts."""

from itertools import product

import pytest

from tests.pages.conftest import Opens
from tests.support.browser.checks import Checks
from tests.support.browser.every_page import EVERY_PAGE
from tests.support.browser.launched import LANGUAGES, View
from tests.support.browser.served_desk import ServedDesk


class TestEveryPage:
    @pytest.mark.parametrize("name", EVERY_PAGE)
    async def test_has_nothing_against_it(
        self, name: str, opens: Opens, desk: ServedDesk, checked: Checks
    ) -> None:
        found: dict[str, str] = {}
        for language, scripts in product(LANGUAGES, (True, False)):
            page = await opens(View(language=language, scripts=scripts))
            await EVERY_PAGE[name](page, desk)
            looked = await (checked.everywhere(page) if scripts else checked(page))
            for finding in looked:
                found.setdefault(finding, f"{language}, {scripts=}")
        assert found == {}
