"""A commitment counts once, for the seat of who signed it, in its window, and binds them."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from sebrus.client import ServerRefused
from sebrus.protocol.identity import panel_hash
from sebrus.protocol.signature import Commit, sign
from sebrus.store.models import SignedBallot

pytestmark = pytest.mark.chain


@pytest.fixture
def voting(stage, honest_contributor, digits):
    """The seats of a batch of five items that waits for its votes."""
    dataset = stage.open_dataset()
    return stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)


def ballot(stage, reviewer, seat, commitment, *, key=None, **changes):
    message = Commit(bytes.fromhex(seat["batch_id"][2:]), seat["round"], panel_hash(seat["panel"]), commitment)
    signature = sign(stage.client.domain, message, key or reviewer.account.key)
    body = {
        "batch_id": seat["batch_id"],
        "round": seat["round"],
        "seat": seat["seat"],
        "reviewer": reviewer.address,
        "commitment": "0x" + commitment.hex(),
        "signature": "0x" + signature.hex(),
    }
    return httpx.post(f"{stage.url}/api/v1/ballots", json=body | changes)


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_someone_elses_seat_is_refused(stage, voting, stranger):
    mine, theirs = voting[0], voting[1]
    reviewer = stage.reviewer_of(mine)
    assert refusal(ballot(stage, reviewer, theirs, b"\1" * 32)) == (403, "not_your_seat")
    assert refusal(ballot(stage, stranger, theirs, b"\1" * 32)) == (403, "not_your_seat")
    owner = stage.reviewer_of(theirs)
    assert refusal(ballot(stage, owner, theirs, b"\1" * 32, key=stranger.account.key)) == (422, "signature_invalid")
    batch = SignedBallot.batch_id == theirs["batch_id"]
    assert stage.rows(select(SignedBallot).where(batch)) == []


def test_a_second_commitment_is_refused_and_the_first_again_is_no_error(stage, voting, honest_reviewer):
    seat = voting[0]
    reviewer = stage.reviewer_of(seat)
    reviewer.commit(seat, honest_reviewer(seat))
    reviewer.commit(seat, honest_reviewer(seat))
    with pytest.raises(ServerRefused) as caught:
        reviewer.commit(seat, [False] * 5)
    assert (caught.value.status, caught.value.code) == (409, "already_committed")
    stage.commit(voting[1:], honest_reviewer)
    with pytest.raises(ServerRefused) as caught:
        reviewer.commit(seat, [False] * 5)
    assert caught.value.code == "already_committed"


def test_a_copied_commitment_is_taken_and_cannot_be_opened(stage, voting, honest_reviewer):
    """The copyist learns the opening when the other reveals; it binds the other's name."""
    honest, copyist = voting[0], voting[1]
    original = stage.reviewer_of(honest)
    stage.commit([honest, voting[2]], honest_reviewer)
    rows = stage.client.get(f"/v1/batches/{honest['batch_id']}/seats")
    assert rows[honest["seat"]]["commitment"], "the copyist waited for the others"
    copied = bytes.fromhex(rows[honest["seat"]]["commitment"][2:])
    assert ballot(stage, stage.reviewer_of(copyist), copyist, copied).status_code == 202
    stage.step()
    stage.reveal([honest, voting[2]], honest_reviewer)
    stage.wait(80)
    stage.step()
    shown = stage.client.get(f"/v1/batches/{honest['batch_id']}/seats")[honest["seat"]]
    opening = {key: honest[key] for key in ("batch_id", "round")} | {"seat": copyist["seat"]}
    opening |= {"salt": shown["salt"], "verdicts": shown["verdicts"]}
    answer = httpx.post(f"{stage.url}/api/v1/openings", json=opening)
    assert refusal(answer) == (422, "wrong_opening")
    stage.wait(100)
    stage.step()
    stage.end_hold(honest["batch_id"])
    rows = stage.client.get(f"/v1/batches/{honest['batch_id']}/seats")
    assert rows[copyist["seat"]]["slash"] > 0
    assert rows[honest["seat"]]["slash"] == 0
    assert original.address == rows[honest["seat"]]["reviewer"]
    stage.check_money()


def test_too_late_is_refused(stage, voting, honest_reviewer):
    stage.wait(101)
    seat = voting[0]
    with pytest.raises(ServerRefused) as caught:
        stage.reviewer_of(seat).commit(seat, honest_reviewer(seat))
    assert (caught.value.status, caught.value.code) == (409, "too_late")


def test_another_round_and_another_batch_are_refused(stage, voting):
    seat = voting[0]
    reviewer = stage.reviewer_of(seat)
    assert refusal(ballot(stage, reviewer, seat | {"round": 1}, b"\1" * 32)) == (404, "not_found")
    assert refusal(ballot(stage, reviewer, seat | {"seat": 31}, b"\1" * 32)) == (404, "not_found")
    assert refusal(ballot(stage, reviewer, seat | {"batch_id": "0x" + "ab" * 32}, b"\1" * 32)) == (404, "not_found")


def test_a_bad_ballot_does_not_hold_up_the_others(stage, voting, honest_reviewer):
    """A zero commitment passes the server's checks of form and is refused by the contract."""
    bad, good = voting[0], voting[1]
    assert ballot(stage, stage.reviewer_of(bad), bad, bytes(32)).status_code == 202
    stage.commit([good, voting[2]], honest_reviewer)
    assert stage.row(SignedBallot, (bad["batch_id"], 0, bad["seat"])).refusal == "A commitment of zero binds nobody."
    stage.commit([bad], honest_reviewer)
    rows = stage.client.get(f"/v1/batches/{good['batch_id']}/seats")
    assert all(rows[seat["seat"]]["commitment"] for seat in (bad, good))


def test_a_refused_ballot_leaves_the_seat_to_commit(stage, voting):
    seat = voting[0]
    ballot(stage, stage.reviewer_of(seat), seat, bytes(32))
    stage.wait(76)
    stage.step()
    assert stage.seats(seat["batch_id"])[0]["state"] == "commit"
