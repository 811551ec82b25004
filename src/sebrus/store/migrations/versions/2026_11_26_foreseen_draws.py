"""Foreseen draws, and since when a submission could be on chain"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_26_foreseen"
down_revision: str | None = "2026_11_26_first"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "foreseen_draw",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("entropy_block", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.String(length=66), nullable=False),
        sa.Column("drawn", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", name=op.f("pk_foreseen_draw")),
    )
    op.create_table(
        "foreseen_seat",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_foreseen_seat")),
    )
    op.create_index(op.f("ix_foreseen_seat_reviewer"), "foreseen_seat", ["reviewer"])
    with op.batch_alter_table("submission") as submission:
        submission.add_column(sa.Column("ready", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("submission") as submission:
        submission.drop_column("ready")
    op.drop_table("foreseen_seat")
    op.drop_table("foreseen_draw")
