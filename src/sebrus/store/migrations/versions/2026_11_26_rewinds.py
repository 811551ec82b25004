"""Remember each time that events were taken back"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_26_rewinds"
down_revision: str | None = "2026_11_26_leases"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "rewind",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kept_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rewind")),
    )


def downgrade() -> None:
    op.drop_table("rewind")
