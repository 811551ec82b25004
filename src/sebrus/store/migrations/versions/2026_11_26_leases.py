"""Leases of the workers, and the jobs they began"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_26_leases"
down_revision: str | None = "2026_11_26_accounts"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "begun_job",
        sa.Column("duty", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("duty", "batch_id", name=op.f("pk_begun_job")),
    )


def downgrade() -> None:
    op.drop_table("begun_job")
    op.drop_table("lease")
