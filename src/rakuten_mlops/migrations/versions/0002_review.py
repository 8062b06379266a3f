"""The review queue: items, random draws, answers; and what other systems correct."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _make_items()
    _make_draws()
    _make_answers()
    op.create_table(
        "feedback_requests",
        sa.Column("author", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("body", sa.String(64), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("author", "key", name="pk_feedback_requests"),
    )


def downgrade() -> None:
    for table in ("feedback_requests", "review_answers", "review_draws", "review_items"):
        op.drop_table(table)


def _make_items() -> None:
    op.create_table(
        "review_items",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("content", sa.BigInteger(), nullable=False),
        sa.Column("designation", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("prdtypecode", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("alternatives", sa.Text(), nullable=False),
        sa.Column("stored_code", sa.Integer()),
        sa.Column("offered_at", MOMENT, nullable=False),
        sa.Column("leased_by", sa.String(64)),
        sa.Column("leased_until", MOMENT),
        sa.Column("answer_code", sa.Integer()),
        sa.Column("answered_by", sa.String(64)),
        sa.Column("answered_at", MOMENT),
        sa.Column("revision", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_review_items"),
        sa.UniqueConstraint("content", name="uq_review_items_content"),
        sa.ForeignKeyConstraint(
            ["revision"], ["revisions.revision"], name="fk_review_items_revision"
        ),
    )
    order = ["state", "kind", "priority"]
    op.create_index("ix_review_items_state_kind_priority", "review_items", order)
    op.create_index("ix_review_items_leased_by", "review_items", ["leased_by"])


def _make_draws() -> None:
    op.create_table(
        "review_draws",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("model_version", sa.String(64), nullable=False),
        sa.Column("prdtypecode", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(16), nullable=False),
        sa.Column("drawn_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_draws"),
        sa.UniqueConstraint("item_id", "model_version", name="uq_review_draws_item_id"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["review_items.id"], name="fk_review_draws_item_id", ondelete="CASCADE"
        ),
    )
    window = ["model_version", "drawn_at"]
    op.create_index("ix_review_draws_model_version_drawn_at", "review_draws", window)


def _make_answers() -> None:
    op.create_table(
        "review_answers",
        sa.Column("id", ROW_ID, nullable=False),
        sa.Column("item_id", ROW_ID, nullable=False),
        sa.Column("reviewer", sa.String(64), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("prdtypecode", sa.Integer()),
        sa.Column("answered_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_answers"),
        sa.ForeignKeyConstraint(["item_id"], ["review_items.id"], name="fk_review_answers_item_id"),
    )
    of_whom = ["item_id", "reviewer"]
    op.create_index("ix_review_answers_item_id_reviewer", "review_answers", of_whom)
