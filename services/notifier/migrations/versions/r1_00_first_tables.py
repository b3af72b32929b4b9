"""The tables notifier began with."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from services.kit.stage.table_revisions import create_plumbing

revision = "1.0"
down_revision = None


def upgrade() -> None:
    create_plumbing()
    _create_follow_up()
    _create_case_part()
    _create_case_follower()
    _create_case_line()
    _create_rejected_case()
    _create_parked_answer()
    _create_case_total()
    _create_delivery()


def _follow_up_facts() -> list[sa.Column[Any]]:
    return [
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
    ]


def _follow_up_handling() -> list[sa.Column[Any]]:
    return [
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("closing", sa.String(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("must_check", sa.Boolean(), nullable=False),
        sa.Column("handling_limit_seconds", sa.Float(), nullable=True),
        sa.Column("handling_used_seconds", sa.Float(), nullable=True),
        sa.Column("handling_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sign_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_result", sa.Text(), nullable=True),
        sa.Column("intake_seq", sa.Integer(), nullable=False),
        sa.Column("router_seq", sa.Integer(), nullable=False),
        sa.Column("own_seq", sa.Integer(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
    ]


def _follow_up_checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(
            "(assignment_id IS NULL) = (department IS NULL)", name="held_by_a_department"
        ),
        sa.CheckConstraint(
            "(assignment_id IS NULL) = "
            "(state IN ('reported', 'registered', 'returned', 'consultation', 'reopened'))",
            name="held_when_it_says_so",
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (state IN ('closed', 'force_closed', 'archived'))",
            name="closed_when_it_says_so",
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_result IS NULL)", name="closed_with_result"
        ),
        sa.CheckConstraint(
            "(handling_since IS NULL) = (due_by IS NULL)", name="due_while_the_clock_runs"
        ),
        sa.CheckConstraint("level BETWEEN 0 AND 3", name="level_on_the_ladder"),
    ]


def _create_follow_up() -> None:
    op.create_table("follow_up", *_follow_up_facts(), *_follow_up_handling(), *_follow_up_checks())
    op.create_index(
        "ix_follow_up_department", "follow_up", ["department", "registered_at", "case_id"]
    )
    op.create_index("ix_follow_up_newest", "follow_up", ["registered_at", "case_id"])
    op.create_index(
        "ix_follow_up_open",
        "follow_up",
        ["registered_at", "case_id"],
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(
        "ix_follow_up_overdue",
        "follow_up",
        ["registered_at", "case_id"],
        sqlite_where=sa.text("overdue_at IS NOT NULL"),
        postgresql_where=sa.text("overdue_at IS NOT NULL"),
    )
    op.create_index("ix_follow_up_source", "follow_up", ["source", "registered_at", "case_id"])


def _create_case_part() -> None:
    op.create_table(
        "case_part",
        sa.Column("assignment_id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (status IN ('offered', 'accepted', 'working'))",
            name="ended_when_it_says_so",
        ),
    )
    op.create_index("ix_case_part_case_id", "case_part", ["case_id"])


def _create_case_follower() -> None:
    op.create_table(
        "case_follower",
        sa.Column("merged_id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
    )
    op.create_index("ix_case_follower_case_id", "case_follower", ["case_id"])


def _create_case_line() -> None:
    op.create_table(
        "case_line",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _create_rejected_case() -> None:
    op.create_table(
        "rejected_case",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("message_en", sa.Text(), nullable=False),
        sa.Column("message_zh", sa.Text(), nullable=False),
    )


def _create_parked_answer() -> None:
    op.create_table(
        "parked_answer",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
    )
    op.create_index("ix_parked_answer_case_id", "parked_answer", ["case_id"])


def _create_case_total() -> None:
    op.create_table(
        "case_total",
        sa.Column("partition", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("count", sa.Integer(), nullable=False),
    )


def _create_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_answer", sa.String(), nullable=False),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="one_end"),
    )
    op.create_index("ix_delivery_created", "delivery", ["created_at"])
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["attempt_at"],
        sqlite_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
    )
