"""The tables router began with."""

import sqlalchemy as sa
from alembic import op

from services.kit.stage.table_revisions import create_plumbing

revision = "1.0"
down_revision = None


def upgrade() -> None:
    create_plumbing()
    _create_routed_case()
    _create_route_round()


def _create_routed_case() -> None:
    op.create_table(
        "routed_case",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("registered", sa.LargeBinary(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("lead", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("asked", sa.JSON(), nullable=False),
        sa.Column("declined", sa.JSON(), nullable=False),
        sa.Column("co_offers", sa.String(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("due_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("plan_version", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("intake_seq", sa.BigInteger(), nullable=False),
        sa.Column("notifier_seq", sa.BigInteger(), nullable=False),
    )


def _create_route_round() -> None:
    op.create_table(
        "route_round",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("round", sa.Integer(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
    )
