"""The detector's tests of contributors, dataset by dataset"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_26_tests"
down_revision: str | None = "2026_11_24_panel"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "accusation_test",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=False),
        sa.Column("p_value", sa.Double(), nullable=False),
        sa.Column("accused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accusation_test")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_accusation_test_batch_id")),
    )
    with op.batch_alter_table("accusation_test") as batch_op:
        batch_op.create_index(batch_op.f("ix_accusation_test_dataset_id"), ["dataset_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("accusation_test") as batch_op:
        batch_op.drop_index(batch_op.f("ix_accusation_test_dataset_id"))
    op.drop_table("accusation_test")
