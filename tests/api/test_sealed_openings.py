"""Who leaves a sealed opening need not come back; an envelope of anything else is refused, or opens nothing."""

from __future__ import annotations

import copy

import pytest

from sebrus.client import ServerRefused
from sebrus.protocol.bitmap import pack_bits
from sebrus.sealing import KeeperKey, encode_opening, seal
from sebrus.sealing.binding import Binding
from sebrus.store.models import SealedBallot, SentOpening

pytestmark = pytest.mark.chain


@pytest.fixture
def voting(stage, honest_contributor, digits):
    """The seats of a batch of five items that waits for its votes."""
    return stage.drawn(honest_contributor.submit(stage.open_dataset().id, digits(5)).batch_id)


@pytest.fixture
def keeper(stage):
    """The server's keeper key."""
    return bytes.fromhex(stage.client.get("/v1/chain")["keeper"][2:])


def test_a_forgetful_reviewers_verdicts_count(stage, voting, keeper, honest_reviewer):
    batch_id = voting[0]["batch_id"]
    for seat in voting:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat), keeper=keeper)
    stage.step()
    stage.step()
    assert stage.batch(batch_id)["phase"] == "Decided", "nobody came back"
    assert stage.end_hold(batch_id)["accepted_count"] == 5
    assert all(row["slash"] == 0 < row["payout"] for row in stage.client.get(f"/v1/batches/{batch_id}/seats"))
    stage.check_money()


def test_only_its_reviewer_is_told_that_an_opening_is_left_and_was_opened(
    stage, voting, keeper, honest_reviewer, browse
):
    for seat in voting:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat), keeper=keeper if seat["seat"] == 0 else None)
    reviewer, other = stage.reviewer_of(voting[0]), stage.reviewer_of(voting[1])

    def told(who):
        seats = browse(bytes(who.account.key)).http.get(f"/reviews/{reviewer.address}").json()
        return [(one["state"], one["sealed"]) for one in seats if one["batch_id"] == voting[0]["batch_id"]]

    assert (told(reviewer), told(other)) == ([("committed", True)], [("committed", False)])
    stage.step()
    stage.step()
    assert (told(reviewer), told(other)) == ([("revealed", True)], [("reveal", False)])


def test_an_envelope_stays_closed_while_others_may_commit(stage, voting, keeper, honest_reviewer):
    seat = voting[0]
    stage.reviewer_of(seat).commit(seat, honest_reviewer(seat), keeper=keeper)
    stage.wait(80)
    stage.step()
    stage.step()
    assert stage.row(SentOpening, (seat["batch_id"], 0, 0)) is None
    stage.wait(30)
    stage.step()
    assert stage.row(SentOpening, (seat["batch_id"], 0, 0)) is not None


def send(stage, seat, change):
    """Commit to accepting everything, with an envelope that was changed."""
    reviewer = stage.reviewer_of(seat)
    post = reviewer.client.post
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reviewer.client, "post", lambda path, body: post(path, body | {"sealed": change(body["sealed"])}))
        keeper = bytes.fromhex(stage.client.get("/v1/chain")["keeper"][2:])
        reviewer.commit(seat, [True] * 5, keeper=keeper)


def other(envelope, **binding):
    changed = copy.deepcopy(envelope)
    changed["binding"] |= binding
    return changed


@pytest.mark.parametrize(
    "change",
    [
        lambda _envelope: {},
        lambda envelope: envelope | {"more": 1},
        lambda envelope: envelope | {"threshold": 2},
        lambda envelope: envelope | {"shares": []},
        lambda envelope: envelope | {"ciphertext": "0x"},
        lambda envelope: envelope | {"ciphertext": "0x" + "00" * 40_000},
        lambda envelope: other(envelope, seat=1),
        lambda envelope: other(envelope, round=1),
        lambda envelope: other(envelope, commitment="0x" + "11" * 32),
        lambda envelope: other(envelope, chain_id=1),
    ],
)
def test_an_envelope_for_something_else_is_refused_with_its_ballot(stage, voting, change):
    seat = voting[0]
    with pytest.raises(ServerRefused) as caught:
        send(stage, seat, change)
    assert (caught.value.status, caught.value.code) == (422, "invalid_envelope")
    assert stage.row(SealedBallot, (seat["batch_id"], 0, 0)) is None
    assert stage.seats(seat["batch_id"])[0]["state"] == "commit"


def test_an_envelope_for_another_keeper_is_refused(stage, voting):
    seat = voting[0]
    with pytest.raises(ServerRefused) as caught:
        stage.reviewer_of(seat).commit(seat, [True] * 5, keeper=KeeperKey.generate().public)
    assert caught.value.code == "invalid_envelope"


def test_garbage_in_an_envelope_opens_nothing_and_harms_nobody(stage, voting, keeper, honest_reviewer):
    seat = voting[0]

    def garbage(envelope):
        binding = Binding.from_dict(envelope["binding"])
        return seal(encode_opening(seat["seat"], bytes(32), pack_bits([True] * 5)), binding, [keeper], 1).to_dict()

    send(stage, seat, garbage)
    stage.commit(voting[1:], honest_reviewer)
    stage.step()
    row = stage.row(SealedBallot, (seat["batch_id"], 0, 0))
    assert row.refusal == "What was sealed does not open the seat's commitment."
    stage.reveal(voting[1:], honest_reviewer)
    stage.reviewer_of(seat).reveal(seat, [True] * 5)
    stage.step()
    assert stage.batch(seat["batch_id"])["phase"] == "Decided", "its reviewer can still come back"
