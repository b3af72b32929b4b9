"""Where a case stands, as a service's database says."""

from pydantic import AwareDatetime, BaseModel


class StandingCase(BaseModel):
    """Where a service says a case stands, and the last numbers of each producer that it knows."""

    case_id: str
    state: str
    level: int
    round: int
    own_seq: int
    intake_seq: int
    router_seq: int
    department: str | None = None
    assignment_id: str | None = None
    closed_at: AwareDatetime | None = None
