"""The challenger beside the champion: what both said to the same listings."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "shadow_runs",
        sa.Column("id", ROW_ID, nullable=False),
        *_versions(),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("agreed", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shadow_runs"),
    )
    op.create_table(
        "shadow_disputes",
        sa.Column("id", ROW_ID, nullable=False),
        *_versions(),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("prdtypecode", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("challenger_code", sa.Integer(), nullable=False),
        sa.Column("challenger_confidence", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shadow_disputes"),
    )
    op.create_index(
        "ix_shadow_disputes_champion_challenger", "shadow_disputes", ["champion", "challenger"]
    )


def downgrade() -> None:
    op.drop_table("shadow_disputes")
    op.drop_table("shadow_runs")


def _versions() -> list[sa.Column[str]]:
    return [
        sa.Column("champion", sa.String(64), nullable=False),
        sa.Column("challenger", sa.String(64), nullable=False),
    ]
