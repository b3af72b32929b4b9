"""How texts are compared wherever words are looked for: one way, whoever looks."""

import unicodedata


def fold(text: str) -> str:
    """Return a text without differences of case, of full and half width, and of spacing.

    >>> fold("ＫＴＶ　 Noise")
    'ktv noise'
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
