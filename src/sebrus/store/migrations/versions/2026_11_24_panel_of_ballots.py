"""The panel a ballot was signed for, and the transaction a movement was last sent in"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_24_panel"
down_revision: str | None = "2026_11_24_first"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("signed_ballot") as batch_op:
        batch_op.add_column(sa.Column("panel_hash", sa.String(length=66), nullable=True))
    with op.batch_alter_table("signed_movement") as batch_op:
        batch_op.add_column(sa.Column("transaction_hash", sa.String(length=66), nullable=True))
    with op.batch_alter_table("event") as batch_op:
        batch_op.create_index(batch_op.f("ix_event_transaction_hash"), ["transaction_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("event") as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_transaction_hash"))
    with op.batch_alter_table("signed_movement") as batch_op:
        batch_op.drop_column("transaction_hash")
    with op.batch_alter_table("signed_ballot") as batch_op:
        batch_op.drop_column("panel_hash")
