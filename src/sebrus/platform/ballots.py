"""Whether an opening is that of a commitment."""

from __future__ import annotations

from collections.abc import Sequence

from sebrus.platform.keys import hash_bytes
from sebrus.protocol.bitmap import bitmap_hash
from sebrus.protocol.record import BatchRecord
from sebrus.protocol.signature import Ballot, Domain, eip712_digest
from sebrus.store.projected import Seat


def opens(domain: Domain, record: BatchRecord, seat: Seat, salt: bytes, verdicts: Sequence[int]) -> bool:
    """Whether salt and verdicts (words over positions) open the commitment of a seat in the running round."""
    if seat.commitment is None:
        return False
    ballot = Ballot(
        batch_id=hash_bytes(seat.batch_id),
        round=record.round,
        screening=record.screening,
        panel_hash=record.panel,
        reviewer=seat.reviewer,
        verdicts_hash=bitmap_hash(verdicts),
        salt=salt,
    )
    return eip712_digest(domain, ballot) == hash_bytes(seat.commitment)
