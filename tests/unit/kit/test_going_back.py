"""Where a partition is read from, by what the group says and what the database has taken."""

from uuid import UUID

import pytest

from services.kit.stage.going_back import Start, start_of
from services.kit.stage.positions import Reached

OURS, ANOTHER = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("reached", "group", "first", "start"),
    [
        pytest.param(Reached(OURS, 50), 50, 0, Start(offset=50), id="both are as far"),
        pytest.param(Reached(OURS, 50), 40, 0, Start(offset=40), id="the group was set back"),
        pytest.param(Reached(OURS, 50), 80, 0, Start(offset=50), id="the database was put back"),
        pytest.param(None, 80, 5, Start(offset=5), id="the database never began"),
        pytest.param(Reached(ANOTHER, 50), 80, 0, Start(offset=0), id="the topic was made anew"),
        pytest.param(Reached(OURS, 150), 150, 0, Start(offset=0), id="the topic was cut"),
        pytest.param(
            Reached(OURS, 50), 80, 60, Start(offset=60, missed=10), id="the broker was quicker"
        ),
        pytest.param(Reached(OURS, 0), 9, 9, Start(offset=9), id="nothing was ever taken"),
    ],
)
def test_reading_begins_with_whoever_is_behind(
    reached: Reached | None, group: int, first: int, start: Start
) -> None:
    found = start_of(reached, topic_id=OURS, group=group, first=first, end=100)
    assert found == start
