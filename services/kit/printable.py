"""Text from outside on its way to a terminal, where some characters are commands."""

import json


def printable(text: str) -> str:
    r"""Return the text with what a terminal would act on written as an escape.

    >>> printable("路 \x1b[2J\n")
    '路 \\x1b[2J\\n'
    """
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape", "surrogatepass").decode()
        for one in text
    )


def printable_lines(text: str) -> str:
    """Return a text of our own, which may have several lines, with what it quotes as `printable`.

    >>> printable_lines("two" + chr(10) + "lines" + chr(7)).count(chr(10))
    1
    """
    return "\n".join(map(printable, text.split("\n")))


def printable_json(document: str) -> str:
    r"""Return a JSON document of one line that means the same, without a terminal's commands.

    >>> printable_json('{"a": "' + chr(0x9B) + '路"}')
    '{"a": "\\u009b路"}'
    """
    if document.isprintable():
        return document
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in document)
