"""Open cases are found by where they are, whichever grid that is in."""

import sqlalchemy as sa
from alembic import op

revision = "1.16"
down_revision = "1.15"

_DEGREES = {
    "sqlite": "CAST(json_extract(place, '$.point.{name}') AS REAL)",
    "postgresql": "(place -> 'point' ->> '{name}')::double precision",
}
_WHOLE = {"sqlite": "CAST({number} AS INTEGER)", "postgresql": "floor({number})::bigint"}


def upgrade() -> None:
    op.add_column("case_view", sa.Column("cell", sa.BigInteger(), nullable=True))
    dialect = op.get_bind().dialect.name
    row, column = (
        _WHOLE[dialect].format(number=f"({_DEGREES[dialect].format(name=name)} + {half}) * 1000")
        for name, half in (("lat", 90), ("lon", 180))
    )
    # Those that have ended are not looked for.
    op.execute(
        f"UPDATE case_view SET cell = {row} * 360000 + {column} % 360000 WHERE closed_at IS NULL"  # noqa: S608 - of numbers alone
    )
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_case_view_open_cell",
        "case_view",
        ["cell", "grid"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
