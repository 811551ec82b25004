"""Count what failed on chain after it had passed when it was tried"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_26_failures"
down_revision: str | None = "2026_11_26_rewinds"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ACTIONS = ("submission", "signed_ballot", "signed_appeal", "signed_movement")


def upgrade() -> None:
    for table in ACTIONS:
        op.add_column(table, sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "failing_wallet",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_failing_wallet")),
    )
    op.create_table(
        "failed_step",
        sa.Column("call_sha256", sa.String(64), nullable=False),
        sa.Column("function", sa.String(32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("call_sha256", name=op.f("pk_failed_step")),
    )


def downgrade() -> None:
    op.drop_table("failed_step")
    op.drop_table("failing_wallet")
    for table in ACTIONS:
        op.drop_column(table, "failures")
