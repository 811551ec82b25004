"""First tables"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "2026_11_26_first"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = (
    "account",
    "accusation_test",
    "block",
    "claimed_item",
    "cursor",
    "dataset",
    "declared_link",
    "event",
    "gold_use",
    "image",
    "sealed_ballot",
    "secret_screening",
    "secret_task",
    "sent_opening",
    "set_aside",
    "signed_appeal",
    "signed_ballot",
    "signed_movement",
    "submission",
    "batch",
    "release",
    "appeal",
    "finding",
    "item",
    "round",
    "seat",
)


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("address", sa.String(length=42), nullable=False),
        sa.Column("free", sa.BigInteger(), nullable=False),
        sa.Column("stake", sa.BigInteger(), nullable=False),
        sa.Column("locked", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("slashed", sa.BigInteger(), nullable=False),
        sa.Column("payout", sa.Boolean(), nullable=False),
        sa.Column("gold_seen", sa.Integer(), nullable=False),
        sa.Column("gold_right", sa.Integer(), nullable=False),
        sa.Column("items_seen", sa.Integer(), nullable=False),
        sa.Column("items_coherent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_account")),
    )
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
    op.create_index(op.f("ix_accusation_test_dataset_id"), "accusation_test", ["dataset_id"])
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
    op.create_index(op.f("ix_claimed_item_batch_id"), "claimed_item", ["batch_id"])
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
        sa.Column("screened_items", sa.BigInteger(), nullable=False),
        sa.Column("flagged", sa.BigInteger(), nullable=False),
        sa.Column("upheld", sa.BigInteger(), nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("unopened", sa.Integer(), nullable=False),
        sa.Column("created_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dataset")),
    )
    op.create_index(op.f("ix_dataset_owner"), "dataset", ["owner"])
    op.create_table(
        "declared_link",
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("other", sa.String(length=42), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", "other", name=op.f("pk_declared_link")),
    )
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
    op.create_index(op.f("ix_event_name"), "event", ["name"])
    op.create_index(op.f("ix_event_subject"), "event", ["subject"])
    op.create_index(op.f("ix_event_transaction_hash"), "event", ["transaction_hash"])
    op.create_table(
        "gold_use",
        sa.Column("dataset_id", sa.String(length=66), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("dataset_id", "sha256", name=op.f("pk_gold_use")),
    )
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
    op.create_index(op.f("ix_image_pixels_sha256"), "image", ["pixels_sha256"])
    op.create_table(
        "sealed_ballot",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("envelope", sa.JSON(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_sealed_ballot")),
    )
    op.create_table(
        "secret_screening",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("model_hash", sa.String(length=66), nullable=False),
        sa.Column("scores_root", sa.String(length=66), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_secret_screening")),
    )
    op.create_table(
        "secret_task",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("positions", sa.JSON(), nullable=False),
        sa.Column("task_root", sa.String(length=66), nullable=False),
        sa.Column("flags", sa.JSON(), nullable=False),
        sa.Column("gold", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("salt", sa.String(length=66), nullable=False),
        sa.Column("commitment", sa.String(length=66), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", name=op.f("pk_secret_task")),
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
        "signed_appeal",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("appellant", sa.String(length=42), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", "appellant", name=op.f("pk_signed_appeal")),
    )
    op.create_table(
        "signed_ballot",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("reviewer", sa.String(length=42), nullable=False),
        sa.Column("panel_hash", sa.String(length=66), nullable=True),
        sa.Column("commitment", sa.String(length=66), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_signed_ballot")),
    )
    op.create_index(op.f("ix_signed_ballot_reviewer"), "signed_ballot", ["reviewer"])
    op.create_table(
        "signed_movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("account", sa.String(length=42), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("nonce", sa.Integer(), nullable=False),
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("signature", sa.String(), nullable=False),
        sa.Column("transaction_hash", sa.String(length=66), nullable=True),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_movement")),
        sa.UniqueConstraint("account", "nonce", name=op.f("uq_signed_movement_account")),
    )
    op.create_index(op.f("ix_signed_movement_account"), "signed_movement", ["account"])
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
    op.create_index(op.f("ix_submission_contributor"), "submission", ["contributor"])
    op.create_index(op.f("ix_submission_dataset_id"), "submission", ["dataset_id"])
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
        sa.Column("deadline", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.JSON(), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("accepted", sa.JSON(), nullable=True),
        sa.Column("panel_accepted", sa.JSON(), nullable=True),
        sa.Column("flags", sa.JSON(), nullable=True),
        sa.Column("excluded", sa.JSON(), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("reward", sa.BigInteger(), nullable=False),
        sa.Column("stake_returned", sa.BigInteger(), nullable=False),
        sa.Column("submitted_block", sa.BigInteger(), nullable=False),
        sa.Column("settled_block", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["dataset_id"], ["dataset.id"], name=op.f("fk_batch_dataset_id_dataset")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index(op.f("ix_batch_contributor"), "batch", ["contributor"])
    op.create_index(op.f("ix_batch_dataset_id"), "batch", ["dataset_id"])
    op.create_index(op.f("ix_batch_phase"), "batch", ["phase"])
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
        "appeal",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("appellant", sa.String(length=42), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("bond", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_appeal_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "number", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_appellant"), "appeal", ["appellant"])
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
    op.create_index(op.f("ix_item_dataset_sha256"), "item", ["dataset_id", "sha256"])
    op.create_table(
        "round",
        sa.Column("batch_id", sa.String(length=66), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("question", sa.JSON(), nullable=False),
        sa.Column("reserve", sa.BigInteger(), nullable=False),
        sa.Column("on_appeal", sa.Boolean(), nullable=False),
        sa.Column("screening_deadline", sa.BigInteger(), nullable=False),
        sa.Column("commitment", sa.String(length=66), nullable=True),
        sa.Column("task_root", sa.String(length=66), nullable=True),
        sa.Column("positions", sa.Integer(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("entropy_block", sa.BigInteger(), nullable=False),
        sa.Column("commit_deadline", sa.BigInteger(), nullable=False),
        sa.Column("reveal_deadline", sa.BigInteger(), nullable=False),
        sa.Column("opened", sa.Boolean(), nullable=False),
        sa.Column("gold", sa.JSON(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=True),
        sa.Column("status", sa.String(length=66), nullable=True),
        sa.Column("conclusive", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_round_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "round", name=op.f("pk_round")),
    )
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
        sa.Column("counted", sa.Boolean(), nullable=True),
        sa.Column("payout", sa.BigInteger(), nullable=True),
        sa.Column("slash", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_seat_batch_id_batch")),
        sa.PrimaryKeyConstraint("batch_id", "round", "seat", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_reviewer"), "seat", ["reviewer"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
