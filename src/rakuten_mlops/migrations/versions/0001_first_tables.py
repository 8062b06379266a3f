"""The first tables: catalogue, users, jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _make_catalog()
    _make_users()
    _make_jobs()


def downgrade() -> None:
    for table in ("jobs", "users", "categories", "labels", "listings", "revisions"):
        op.drop_table(table)


def _make_catalog() -> None:
    op.create_table(
        "revisions",
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("listings_added", sa.Integer(), nullable=False),
        sa.Column("listings_removed", sa.Integer(), nullable=False),
        sa.Column("labels_added", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_revisions"),
    )
    _make_temporal_table(
        "listings",
        sa.Column("imageid", sa.BigInteger()),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("in_holdout", sa.Boolean(), nullable=False),
    )
    _make_temporal_table(
        "labels",
        sa.Column("prdtypecode", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("author", sa.String(64), nullable=False),
    )
    op.create_table(
        "categories",
        sa.Column("prdtypecode", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_fr", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("prdtypecode", name="pk_categories"),
    )


def _make_temporal_table(name: str, *columns: sa.Column[Any]) -> None:
    op.create_table(
        name,
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("productid", sa.BigInteger(), nullable=False),
        *columns,
        sa.Column("added_in", sa.Integer(), nullable=False),
        sa.Column("removed_in", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.ForeignKeyConstraint(["added_in"], ["revisions.revision"], name=f"fk_{name}_added_in"),
        sa.ForeignKeyConstraint(
            ["removed_in"], ["revisions.revision"], name=f"fk_{name}_removed_in"
        ),
    )
    op.create_index(f"ix_{name}_productid_removed_in", name, ["productid", "removed_in"])


def _make_users() -> None:
    op.create_table(
        "users",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_users"),
    )


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("active", sa.Integer()),
        sa.Column("machine", sa.String(32), nullable=False),
        sa.Column("trigger", sa.String(16), nullable=False),
        sa.Column("requested_by", sa.String(64), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("step", sa.String(32)),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("message", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint("active", name="uq_jobs_active"),
    )
