"""An opening is taken when commits are over, and only if it opens the seat's own commitment."""

from __future__ import annotations

import httpx
import pytest

pytestmark = pytest.mark.chain


@pytest.fixture
def committed(stage, honest_contributor, digits, honest_reviewer):
    """Seats of a batch of five items; all have committed."""
    dataset = stage.open_dataset()
    seats = stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)
    stage.commit(seats, honest_reviewer)
    return seats


def opening(stage, seat, **changes):
    reviewer = stage.reviewer_of(seat)
    body = {
        "batch_id": seat["batch_id"],
        "round": seat["round"],
        "seat": seat["seat"],
        "salt": "0x" + reviewer.salt(seat).hex(),
        "verdicts": [f"0x{0b11111:064x}"],
    }
    return httpx.post(f"{stage.url}/api/v1/openings", json=body | changes)


def refusal(answer):
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_the_right_opening_is_taken_and_again_is_no_error(stage, committed):
    assert [opening(stage, committed[0]).status_code for _ in range(2)] == [202, 202]
    stage.wait(160)
    stage.step()
    assert opening(stage, committed[0]).status_code == 202
    row = stage.client.get(f"/v1/batches/{committed[0]['batch_id']}/seats")[0]
    assert row["verdicts"] == [f"0x{0b11111:064x}"]


def test_while_others_may_commit_it_is_too_early(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset()
    seats = stage.drawn(honest_contributor.submit(dataset.id, digits(5)).batch_id)
    assert refusal(opening(stage, seats[0])) == (409, "not_committed")
    stage.commit(seats[:2], honest_reviewer)
    assert refusal(opening(stage, seats[0])) == (409, "too_early")
    stage.wait(30)
    assert opening(stage, seats[0]).status_code == 202
    assert refusal(opening(stage, seats[2])) == (409, "not_committed")


def test_a_wrong_salt_is_refused(stage, committed):
    assert refusal(opening(stage, committed[0], salt="0x" + "00" * 32)) == (422, "wrong_opening")


def test_other_verdicts_are_refused(stage, committed):
    assert refusal(opening(stage, committed[0], verdicts=[f"0x{0b11110:064x}"])) == (422, "wrong_opening")


@pytest.mark.parametrize("words", [[1 << 5], [1 << 255], [0b11111, 0]])
def test_bits_beyond_the_last_item_are_refused(stage, committed, words):
    verdicts = [f"0x{word:064x}" for word in words]
    assert refusal(opening(stage, committed[0], verdicts=verdicts)) == (422, "invalid_bitmap")


def test_another_seats_opening_is_refused(stage, committed):
    other = stage.reviewer_of(committed[1]).salt(committed[1])
    assert refusal(opening(stage, committed[0], salt="0x" + other.hex())) == (422, "wrong_opening")


def test_after_the_window_it_is_too_late(stage, committed):
    stage.wait(201)
    assert refusal(opening(stage, committed[0])) == (409, "too_late")


def test_when_the_batch_is_decided_the_round_is_over(stage, committed, honest_reviewer):
    stage.reveal(committed, honest_reviewer)
    assert refusal(opening(stage, committed[0])) == (409, "wrong_phase")
    assert refusal(opening(stage, committed[0], round=9)) == (404, "not_found")
