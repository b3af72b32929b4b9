"""Words are found in a span of time: terms name the spans that their case is of."""

from alembic import op

revision = "1.7"
down_revision = "1.6"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return  # nothing is found by spans there
    seconds = (4 * 3_600 * 8**size for size in range(5))
    spans = ", ".join(
        f"'@{size}.' || floor(extract(epoch FROM registered_at) / {length})::bigint"
        for size, length in enumerate(seconds)
    )
    added = f"array_to_tsvector(ARRAY[{spans}])"
    op.execute(f"UPDATE case_terms SET terms = terms || {added}")  # noqa: S608 - of numbers alone
    op.execute("ALTER INDEX ix_case_terms_found SET (gin_pending_list_limit = 1024)")
