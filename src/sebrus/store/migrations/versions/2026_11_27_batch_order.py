"""Find a dataset's batches in the order of their ids"""

from collections.abc import Sequence

from alembic import op

revision: str = "2026_11_27_batch_order"
down_revision: str | None = "2026_11_26_failures"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_index("ix_batch_dataset_order", "batch", ["dataset_id", "id"])
    op.drop_index("ix_batch_dataset_id", "batch")


def downgrade() -> None:
    op.create_index("ix_batch_dataset_id", "batch", ["dataset_id"])
    op.drop_index("ix_batch_dataset_order", "batch")
