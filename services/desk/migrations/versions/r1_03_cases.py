"""What is shown of cases."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "1.3"
down_revision = "1.2"


def upgrade() -> None:
    _create_case_follower()
    _create_case_line()
    _create_case_news()
    _create_case_party()
    _create_case_terms()
    _create_case_view()
    _create_filed_at()
    _create_seen_until()


def _create_case_follower() -> None:
    op.create_table(
        "case_follower",
        sa.Column("merged_id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
    )
    op.create_index("ix_case_follower_case_id", "case_follower", ["case_id"])


def _create_case_line() -> None:
    op.create_table(
        "case_line",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("line_id", sa.Uuid(), primary_key=True),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("producer", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _create_case_news() -> None:
    op.create_table(
        "case_news",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("news_id", sa.Uuid(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _create_case_party() -> None:
    op.create_table(
        "case_party",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("party", sa.String(), primary_key=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_case_party_newest", "case_party", ["party", "registered_at", "case_id"])
    where = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_case_party_open",
        "case_party",
        ["party", "registered_at", "case_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_case_terms() -> None:
    op.create_table(
        "case_terms",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("terms", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    )
    op.create_index(
        "ix_case_terms_found",
        "case_terms",
        ["terms"],
        postgresql_using="gin",
        sqlite_where=sa.text("0"),
    )
    op.create_index("ix_case_terms_newest", "case_terms", ["registered_at", "case_id"])


def _create_case_view() -> None:
    op.create_table("case_view", *_what_it_is(), *_where_it_stands())
    op.create_index("ix_case_view_category", "case_view", ["category", "registered_at", "case_id"])
    op.create_index("ix_case_view_class", "case_view", ["class_code", "registered_at", "case_id"])
    where = sa.text("due_by IS NOT NULL")
    op.create_index(
        "ix_case_view_due", "case_view", ["due_by"], sqlite_where=where, postgresql_where=where
    )
    op.create_index("ix_case_view_grid", "case_view", ["grid", "registered_at", "case_id"])
    op.create_index("ix_case_view_newest", "case_view", ["registered_at", "case_id"])
    _create_short_lists()


def _create_short_lists() -> None:
    where = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_case_view_open",
        "case_view",
        ["registered_at", "case_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    where = sa.text("decide_by IS NOT NULL")
    op.create_index(
        "ix_case_view_requested",
        "case_view",
        ["registered_at", "case_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    where = sa.text("supervised_for IS NOT NULL")
    op.create_index(
        "ix_case_view_supervised",
        "case_view",
        ["registered_at", "case_id"],
        sqlite_where=where,
        postgresql_where=where,
    )
    where = sa.text("triage")
    op.create_index(
        "ix_case_view_triage",
        "case_view",
        ["registered_at", "case_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _create_filed_at() -> None:
    op.create_table(
        "filed_at",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_away", sa.Boolean(), nullable=False),
    )


def _create_seen_until() -> None:
    op.create_table(
        "seen_until",
        sa.Column("lane", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )


def _what_it_is() -> list[sa.Column[Any]]:
    return [
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("class_code", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("place", sa.JSON(), nullable=False),
        sa.Column("grid", sa.String(), nullable=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("exercise", sa.Boolean(), nullable=False),
        sa.Column("triage", sa.Boolean(), nullable=False),
        sa.Column("supervised_for", sa.String(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
    ]


def _where_it_stands() -> list[sa.Column[Any]]:
    return [
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("department", sa.String(), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("sign_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_seconds", sa.Float(), nullable=True),
        sa.Column("used_seconds", sa.Float(), nullable=True),
        sa.Column("runs_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("limit_unit", sa.String(), nullable=True),
        sa.Column("extensions", sa.Integer(), nullable=True),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("check_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("triage_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_by", sa.String(), nullable=True),
        sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("overdue_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_result", sa.Text(), nullable=True),
        sa.Column("closed_before", sa.JSON(), nullable=True),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("returns", sa.Integer(), nullable=False),
        sa.Column("joined", sa.Integer(), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requests", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("intake_seq", sa.Integer(), nullable=False),
        sa.Column("router_seq", sa.Integer(), nullable=False),
        sa.Column("own_seq", sa.Integer(), nullable=False),
    ]
