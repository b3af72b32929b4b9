"""By what a person is found again: phone number and mail address, however they are written."""

import re
from typing import Final

from schemas.folding import fold

PHONE: Final = "phone"
MAIL: Final = "mail"

_NUMBERS: Final = re.compile(r"[+\d][\d ()./-]{3,38}\d")
_NO_DIGITS: Final = re.compile(r"\D+")
_COUNTRY: Final = re.compile(r"(?:00)?86(?=1\d{10}$)")


def comparable_phone(text: str) -> str:
    """Return a number as others are compared with it: its digits, a mobile's without the country.

    >>> comparable_phone("+86 138-0013-8000"), comparable_phone("０５７１ 8888")
    ('13800138000', '05718888')
    >>> comparable_phone("at the gate")
    'at the gate'
    """
    plain = fold(text)
    digits = _NO_DIGITS.sub("", plain)
    return _COUNTRY.sub("", digits) if digits else plain


def comparable_mail(text: str) -> str:
    """Return a mail address as others are compared with it.

    >>> comparable_mail(" Li.Lei@Example.org")
    'li.lei@example.org'
    """
    return fold(text)


def mentions(text: str, *, phone: str | None = None, mail: str | None = None) -> bool:
    """Tell whether a number or a mail address stands in a text, however it is written there.

    >>> mentions('{"tel": "+86 138-0013-8000"}', phone="13800138000")
    True
    >>> mentions("13800138000123", phone="13800138000")
    False
    """
    plain = fold(text)
    if mail and comparable_mail(mail) in plain:
        return True
    if not phone:
        return False
    wanted = comparable_phone(phone)
    return any(comparable_phone(found) == wanted for found in _NUMBERS.findall(plain))
