"""The prediction log: what was served, without its text unless a setting allows that."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "predictions",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(128)),
        sa.Column("prdtypecode", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("microseconds", sa.Integer(), nullable=False),
        sa.Column("title_chars", sa.Integer(), nullable=False),
        sa.Column("description_chars", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("unknown_words", sa.Integer(), nullable=False),
        sa.Column("language", sa.SmallInteger(), nullable=False),
        sa.Column("garbled", sa.Boolean(), nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("designation", sa.Text()),
        sa.Column("description", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_predictions"),
    )
    op.create_index("ix_predictions_version_at", "predictions", ["version", "at"])
    op.create_index(
        "ix_predictions_at",
        "predictions",
        ["at", "version", "prdtypecode", "accepted", "confidence", "microseconds"],
    )
    op.create_table(
        "logged_words",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("named_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("hash", name="pk_logged_words"),
    )
    op.create_table(
        "recorded_files",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("recorded_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_recorded_files"),
    )


def downgrade() -> None:
    op.drop_table("recorded_files")
    op.drop_table("logged_words")
    op.drop_table("predictions")
