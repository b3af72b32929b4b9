"""How texts are compared wherever words are looked for: one way, whoever looks."""

import unicodedata


def fold(text: str) -> str:
    """Return a text without differences of case, of width, of spacing, and of apostrophes.

    Phones write the curved apostrophe, plans the straight one.

    >>> fold("ＫＴＶ　 Noise"), fold("It isn’t on fire")
    ('ktv noise', "it isn't on fire")
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("’", "'").split())
