"""First tables"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_24_first"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("free", sa.BigInteger(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=False),
        sa.Column("locked", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("slashed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_account")),
    )
    op.create_table(
        "block",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_block")),
    )
    op.create_table(
        "claimed_item",
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "sha256", name=op.f("pk_claimed_item")),
    )
    with op.batch_alter_table("claimed_item", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_claimed_item_batch_id"), ["batch_id"], unique=False)

    op.create_table(
        "cursor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("contract", sa.String(length=42), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cursor")),
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("owner", sa.String(length=42), nullable=False),
        sa.Column("detector", sa.String(length=42), nullable=False),
        sa.Column("class_count", sa.Integer(), nullable=False),
        sa.Column("metadata_hash", sa.String(length=66), nullable=False),
        sa.Column("salt", sa.String(length=66), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("policy_hash", sa.String(length=66), nullable=False),
        sa.Column("document", sa.JSON(), nullable=True),
        sa.Column("bounty", sa.BigInteger(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("created_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
    )
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dataset_owner"), ["owner"], unique=False)

    op.create_table(
        "event",
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=66), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_name"), ["name"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_subject"), ["subject"], unique=False)

    op.create_table(
        "image",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("pixels_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=32), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_image")),
    )
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_image_pixels_sha256"), ["pixels_sha256"], unique=False)

    op.create_table(
        "secret_screening",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("model_hash", sa.String(length=66), nullable=False),
        sa.Column("scores_root", sa.String(length=66), nullable=False),
        sa.Column("salt", sa.String(length=66), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("commitment", sa.String(length=66), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_secret_screening")),
    )
    op.create_table(
        "sent_opening",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("salt", sa.String(length=66), nullable=False),
        sa.Column("verdicts", sa.JSON(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_sent_opening")),
    )
    op.create_table(
        "set_aside",
        sa.Column("duty", sa.String(length=32), nullable=False),
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("duty", "batch_id", name=op.f("pk_set_aside")),
    )
    op.create_table(
        "signed_ballot",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=42), nullable=False),
        sa.Column("commitment", sa.String(length=66), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_signed_ballot")),
    )
    with op.batch_alter_table("signed_ballot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_ballot_reviewer"), ["reviewer"], unique=False)

    op.create_table(
        "signed_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_movement")),
        sa.UniqueConstraint("account", "nonce", name=op.f("uq_signed_movement_account")),
    )
    with op.batch_alter_table("signed_movement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_signed_movement_account"), ["account"], unique=False)

    op.create_table(
        "submission",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=False),
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("waiting", sa.String(), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_submission")),
    )
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_submission_contributor"), ["contributor"], unique=False)
        batch_op.create_index(batch_op.f("ix_submission_dataset_id"), ["dataset_id"], unique=False)

    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=66), nullable=False),
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("contributor", sa.String(length=42), nullable=False),
        sa.Column("root", sa.String(length=66), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=False),
        sa.Column("reserve", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("screening", sa.String(length=66), nullable=True),
        sa.Column("screening_deadline", sa.BigInteger(), nullable=False),
        sa.Column("entropy_block", sa.BigInteger(), nullable=False),
        sa.Column("commit_deadline", sa.BigInteger(), nullable=False),
        sa.Column("reveal_deadline", sa.BigInteger(), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("stake_returned", sa.BigInteger(), nullable=False),
        sa.Column("submitted_block", sa.BigInteger(), nullable=False),
        sa.Column("settled_block", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_batch_dataset_id_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_batch_contributor"), ["contributor"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_dataset_id"), ["dataset_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_batch_phase"), ["phase"], unique=False)

    op.create_table(
        "release",
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("manifest_root", sa.String(length=66), nullable=False),
        sa.Column("manifest_hash", sa.String(length=66), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("block", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_release_dataset_id_dataset")),
        sa.PrimaryKeyConstraint("dataset_id", "version", name=op.f("pk_release")),
    )
    op.create_table(
        "finding",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("p_value", sa.Double(), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("suggested_label", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_finding_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_finding")),
    )
    op.create_table(
        "item",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=True),
        sa.Column("panel_accepted", sa.Boolean(), nullable=True),
        sa.Column("flagged", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_item_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "position", name=op.f("pk_item")),
    )
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.create_index("ix_item_dataset_sha256", ["dataset_id", "sha256"], unique=False)

    op.create_table(
        "seat",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=42), nullable=False),
        sa.Column("commitment", sa.String(length=66), nullable=True),
        sa.Column("commit_order", sa.Integer(), nullable=True),
        sa.Column("salt", sa.String(length=66), nullable=True),
        sa.Column("verdicts", sa.JSON(), nullable=True),
        sa.Column("reveal_order", sa.Integer(), nullable=True),
        sa.Column("payout", sa.BigInteger(), nullable=True),
        sa.Column("slash", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_seat_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_seat")),
    )
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seat_reviewer"), ["reviewer"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("seat", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seat_reviewer"))

    op.drop_table("seat")
    with op.batch_alter_table("item", schema=None) as batch_op:
        batch_op.drop_index("ix_item_dataset_sha256")

    op.drop_table("item")
    op.drop_table("finding")
    op.drop_table("release")
    with op.batch_alter_table("batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_batch_phase"))
        batch_op.drop_index(batch_op.f("ix_batch_dataset_id"))
        batch_op.drop_index(batch_op.f("ix_batch_contributor"))

    op.drop_table("batch")
    with op.batch_alter_table("submission", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_submission_dataset_id"))
        batch_op.drop_index(batch_op.f("ix_submission_contributor"))

    op.drop_table("submission")
    with op.batch_alter_table("signed_movement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_movement_account"))

    op.drop_table("signed_movement")
    with op.batch_alter_table("signed_ballot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_ballot_reviewer"))

    op.drop_table("signed_ballot")
    op.drop_table("set_aside")
    op.drop_table("sent_opening")
    op.drop_table("secret_screening")
    with op.batch_alter_table("image", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_image_pixels_sha256"))

    op.drop_table("image")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_event_subject"))
        batch_op.drop_index(batch_op.f("ix_event_name"))

    op.drop_table("event")
    with op.batch_alter_table("dataset", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_dataset_owner"))

    op.drop_table("dataset")
    op.drop_table("cursor")
    with op.batch_alter_table("claimed_item", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claimed_item_batch_id"))

    op.drop_table("claimed_item")
    op.drop_table("block")
    op.drop_table("account")
