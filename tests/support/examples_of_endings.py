"""An example of each end of a case that is not its closing, and of the command that leads to it."""

from typing import Final

from pydantic import BaseModel

from schemas.events import commands, ending
from tests.support.example_case import ACTING, Json, by_lead, fact

ACCEPTOR: Final[Json] = ACTING | {"roles": ["acceptor"]}

ENDINGS: Final[dict[type[BaseModel], Json]] = {
    ending.CaseDismissed: by_lead(
        7, person="um-desk", reason="there is no pipe at this place", acting=ACCEPTOR
    ),
    ending.CaseWithdrawn: by_lead(4, person="um-desk", reason="已自行处理", acting=ACCEPTOR),
    commands.Dismiss: fact(
        7,
        command_id="c-7d",
        kind="case.dismiss",
        acting=ACCEPTOR,
        reason="there is no pipe at this place",
    ),
    commands.Withdraw: fact(
        4, command_id="c-4w", kind="case.withdraw", acting=ACCEPTOR, reason="已自行处理"
    ),
}
