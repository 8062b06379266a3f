"""On whose behalf a training runs: the id of the request that asked for it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("request_id", sa.String(64)))


def downgrade() -> None:
    op.drop_column("jobs", "request_id")
