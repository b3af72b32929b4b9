"""The language of a page: what was chosen here, else the browser's, else the city's."""

import pytest
from starlette.requests import Request

from services.desk.pages.language import Language, language_of


def asked(accept: str = "", cookie: str = "") -> Language:
    headers = [(b"accept-language", accept.encode()), (b"cookie", cookie.encode())]
    return language_of(Request({"type": "http", "headers": headers}))


@pytest.mark.parametrize(
    ("accept", "cookie", "language"),
    [
        ("", "", Language.CHINESE),
        ("en-GB,en;q=0.9", "", Language.ENGLISH),
        ("zh-TW", "", Language.CHINESE),
        ("fr, en;q=0.5, zh;q=0.4", "", Language.ENGLISH),
        ("fr;q=0.1", "", Language.CHINESE),
        ("en", "tongxin-language=zh", Language.CHINESE),
        ("zh", "tongxin-language=en", Language.ENGLISH),
        ("en", "tongxin-language=../etc", Language.ENGLISH),
        (",;,;q=,\x7f", "tongxin-language=", Language.CHINESE),
    ],
)
def test_is_chosen(accept: str, cookie: str, language: Language) -> None:
    assert asked(accept, cookie) is language
