"""How a bad build is made: a part of the product is exchanged in the process that serves."""


def swap(owner: object, name: str, new: object) -> None:
    """Exchange an attribute of a module or class; raises `AttributeError` if it has none so named.

    So a mutation of something that was renamed fails instead of doing nothing.
    """
    getattr(owner, name)
    setattr(owner, name, new)
