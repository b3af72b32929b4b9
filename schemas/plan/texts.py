"""`[[texts]]`: standard texts that people put into a form of a case, and may change there."""

import difflib
from collections.abc import Mapping
from enum import StrEnum
from functools import cached_property
from string import Formatter
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from schemas.plan.base import Code, Table, Text, printable

MOST_TEXTS: Final = 200
_LONGEST_TITLE: Final = 60
_LONGEST_TEXT: Final = 1_000
"""Characters, before the facts of a case are filled in."""


class Act(StrEnum):
    """What is said with a text: an answer, a command, or what is asked for."""

    DECLINED = "declined"
    PROGRESS = "progress"
    DONE = "done"
    BLOCKED = "blocked"
    CHECK_FAILED = "check_failed"
    REOPEN = "reopen"
    ANNOTATE = "annotate"
    REASSIGN = "reassign"
    CORRECT = "correct"
    ADD_CO_HANDLER = "add_co_handler"
    DROP_CO_HANDLER = "drop_co_handler"
    SUPERVISE = "supervise"
    UNSUPERVISE = "unsupervise"
    WITHDRAW_REQUEST = "withdraw_request"
    APPROVE = "approve"
    REFUSE = "refuse"
    RESUME = "resume"
    REFUSE_REOPENING = "refuse_reopening"
    MERGE = "merge"
    UNMERGE = "unmerge"
    DISMISS = "dismiss"
    WITHDRAW = "withdraw"
    SUSPENSION = "suspension"
    EXTENSION = "extension"
    FORCE_CLOSE = "force_close"
    APPEAL = "appeal"


class CaseValue(StrEnum):
    """A fact of a case that a text may name in braces."""

    CASE_ID = "case_id"
    TITLE = "title"
    PLACE = "place"
    GRID = "grid"
    DEPARTMENT = "department"
    REPORTED_AT = "reported_at"
    REGISTERED_AT = "registered_at"
    DUE_BY = "due_by"
    PROMISED_BY = "promised_by"


def _named_in(text: str) -> frozenset[CaseValue]:
    """Return the facts that a text names. Raises `ValueError` for braces around anything else."""
    try:
        parts = [*Formatter().parse(text)]
    except ValueError as broken:
        msg = "a brace stands alone: write {{ or }} for one that is meant"
        raise ValueError(msg) from broken
    found = set()
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or name not in {*CaseValue}:
            raise ValueError(_no_fact(name))
        found.add(CaseValue(name))
    return frozenset(found)


def _no_fact(name: str) -> str:
    known = [*map(str, CaseValue)]
    close = difflib.get_close_matches(name[:80], known, n=1)
    told = f"did you mean {{{close[0]}}}?" if close else f"write one of {', '.join(known)}"
    return f"{{{name[:80]}}} is no fact of a case: {told}"


def _names_facts(text: str) -> str:
    _named_in(text)
    return text


def _some(acts: tuple[Act, ...]) -> tuple[Act, ...]:
    if not acts:
        raise ValueError("name at least one act")
    return acts


_Title = Annotated[str, Field(min_length=1, max_length=_LONGEST_TITLE), AfterValidator(printable)]
_Body = Annotated[
    str,
    Field(min_length=1, max_length=_LONGEST_TEXT),
    AfterValidator(printable),
    AfterValidator(_names_facts),
]


class StandardText(Table):
    """A text that is offered where one of its acts is done.

    With `categories` or `classes` only in cases of these, with `parties` only to who speaks for one
    of them. `{place}` and the other facts of a case are filled in; a case that lacks one is not
    offered the text.
    """

    id: Code
    acts: Annotated[tuple[Act, ...], AfterValidator(_some)]
    categories: tuple[Text, ...] = ()
    classes: tuple[Text, ...] = ()
    parties: tuple[Text, ...] = ()
    title_zh: _Title
    title_en: _Title
    text_zh: _Body
    text_en: _Body

    @model_validator(mode="after")
    def _says_the_same(self) -> Self:
        chinese, english = _named_in(self.text_zh), _named_in(self.text_en)
        if lacking := sorted(chinese ^ english):
            told = ", ".join(f"{{{name}}}" for name in lacking)
            raise ValueError(f"one of text_zh and text_en lacks {told}: name it in both")
        return self

    @cached_property
    def facts(self) -> frozenset[CaseValue]:
        """The facts of a case that it names."""
        return _named_in(self.text_zh)

    def is_for(self, category: str, class_code: str) -> bool:
        """Tell whether it is offered in cases of a category."""
        if not self.categories and not self.classes:
            return True
        return category in self.categories or class_code in self.classes

    def filled(self, values: Mapping[str, str]) -> tuple[str, str]:
        """Return it in Chinese and in English. Raises `KeyError` for a fact that is not there.

        >>> on_site = {"id": "a", "acts": ["progress"], "title_zh": "到场", "title_en": "on site"}
        >>> on_site |= {"text_zh": "已到{place}", "text_en": "at {place}"}
        >>> StandardText.model_validate(on_site).filled({"place": "{grid}"})
        ('已到{grid}', 'at {grid}')
        """
        return self.text_zh.format_map(values), self.text_en.format_map(values)
