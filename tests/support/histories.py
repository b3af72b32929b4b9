"""A small history of revisions to walk through: things, then with a note, then without a name."""

from pathlib import Path
from textwrap import dedent, indent

from sqlalchemy import Column, Integer, MetaData, String, Table

from services.kit.sql.revisions import History

BEGIN = """op.create_table(
    "thing", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String()))"""
ADD = 'op.add_column("thing", sa.Column("note", sa.String()))'
FILL = 'op.execute("UPDATE thing SET note = name")'
TAKE = """with op.batch_alter_table("thing") as batch:
    batch.drop_column("name")"""
INDEX = 'op.create_index("ix_thing_note", "thing", ["note"])'
FAIL = """op.create_table("half", sa.Column("id", sa.Integer()))
op.execute("SELECT nothing FROM nowhere")"""


def history_in(folder: Path, *steps: tuple[str, str]) -> History:
    """Return the history of these revisions: each a name such as `1.0` and what it does."""
    versions = folder / f"history-{len(list(folder.iterdir()))}" / "versions"
    versions.mkdir(parents=True)
    before = None
    for name, does in steps:
        generation, number = name.split(".")
        head = dedent(f"""
            import sqlalchemy as sa
            from alembic import op

            revision = {name!r}
            down_revision = {before!r}

            def upgrade() -> None:
        """)
        text = head + indent(does, "    ")
        (versions / f"r{generation}_{int(number):02}_step.py").write_text(text)
        before = name
    return History("toys", versions.parent, _things())


def _things() -> MetaData:
    metadata = MetaData()
    Table("thing", metadata, Column("id", Integer, primary_key=True), Column("note", String))
    return metadata
