"""What `tongxin run` says when the services took or refused a changed plan."""

import json
from pathlib import Path

from services.commands.plan_news import PlanNews, PlanWatch
from services.kit.process.followed_file import NEW_VERSION_REFUSED, NEW_VERSION_TAKEN


def said(log: Path, message: str, **more: str) -> None:
    with log.open("a") as file:
        file.write(json.dumps({"message": message, **more}) + "\n")


class TestChangedPlan:
    def test_is_told_once_by_every_service(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        said(log, NEW_VERSION_TAKEN)  # of an earlier day
        watch = PlanWatch(tmp_path, ["intake", "router"])
        said(log, "something else")
        said(log, NEW_VERSION_TAKEN)
        said(tmp_path / "router.log", NEW_VERSION_REFUSED, cause="x:3: no\nb\nc")
        assert [news.told for news in watch.news()] == [
            "intake took the new plan",
            "router refused the new plan, the old one stays: x:3: no (and 2 more lines in its log)",
        ]
        assert list(watch.news()) == []

    def test_is_told_when_its_line_is_whole(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        watch = PlanWatch(tmp_path, ["intake"])
        log.write_text('{"message": "new version')
        assert list(watch.news()) == []
        log.write_text('{"message": "new version loaded"}\nnew version loaded, no JSON\n')
        assert list(watch.news()) == [PlanNews("intake", None)]
