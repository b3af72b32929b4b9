"""Text from outside on its way to a terminal, where some characters are commands."""


def printable(text: str) -> str:
    r"""Return the text with what a terminal would act on written as an escape.

    >>> printable("路 \x1b[2J\n")
    '路 \\x1b[2J\\n'
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )
