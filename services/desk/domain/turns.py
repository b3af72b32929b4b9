"""Whether what a service tells of a case is new here."""


def is_news(sequence: int, *, last: int) -> bool:
    """Tell whether a producer's n-th event of a case is after the `last` one that is known.

    >>> is_news(4, last=3), is_news(3, last=3)
    (True, False)
    """
    return sequence > last
