"""Reviewers are blind: until the screening is opened on chain nothing the detector found or hid, and nothing a reviewer
keeps secret, can be read from any route by anyone; and what a panel is shown does not tell gold from items."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from sebrus.platform.documents import load_findings
from sebrus.store.models import SecretScreening, SecretTask, SentOpening

pytestmark = pytest.mark.chain


class Anyone:
    """Reads every GET route of the OpenAPI document, with every value a curious person knows."""

    def __init__(self, stage: Any, dataset_id: str, batch_id: str) -> None:
        self.stage = stage
        secret, task = stage.row(SecretScreening, batch_id), stage.row(SecretTask, (batch_id, 0))
        self.known = {
            "dataset_id": [dataset_id],
            "batch_id": [batch_id],
            "round_number": ["0", "1"],
            # Digests that name stored documents, should a route hand out documents by digest.
            "sha256": [secret.scores_root[2:], task.commitment[2:], task.task_root[2:]],
            "version": ["1"],
            "path": ["manifest.json"],
            "reviewer": list(stage.reviewers)[:4],
            "address": [*list(stage.reviewers)[:4], stage.application.operator.address, stage.owner.address],
        }

    def read(self, cookies: Any = None) -> dict[str, str]:
        """Path -> body of every route, each page of each list, to whoever has these cookies."""
        with httpx.Client(base_url=self.stage.url, cookies=cookies) as http:
            document = http.get("/api/openapi.json").json()
            templates = [path for path, methods in document["paths"].items() if "get" in methods]
            bodies = {}
            for template in templates:
                for path in self._fill(template):
                    bodies |= self._pages(http, path)
        assert len(templates) >= 20
        return bodies

    def _fill(self, template: str) -> list[str]:
        paths = [template]
        for name in re.findall(r"{(\w+)}", template):
            paths = [path.replace(f"{{{name}}}", value) for path in paths for value in self.known[name]]
        return paths

    def _pages(self, http: httpx.Client, path: str) -> dict[str, str]:
        if path.endswith("/stream"):
            return {path: self._stream(http, path)}
        found, after = {}, None
        # Other batches may hold the same small bitmaps by chance.
        own = {"/api/v1/events": {"subject": self.known["batch_id"][0]}}
        own["/api/v1/batches"] = {"dataset_id": self.known["dataset_id"][0]}
        about = own.get(path, {})
        while True:
            answer = http.get(path, params=about if after is None else about | {"after": after})
            assert answer.status_code in (200, 401, 403, 404), (path, answer.text)
            found[f"{path}?{after}"] = answer.content.decode("latin-1")
            after = answer.json().get("next") if answer.text.startswith('{"results"') else None
            if after is None:
                return found

    def _stream(self, http: httpx.Client, path: str) -> str:
        """All that a stream tells of the batch, up to where it waits for more."""
        about = {"batch_id": self.known["batch_id"][0], "after": "0-0"}
        with http.stream("GET", path, params=about) as answer:
            lines = []
            for line in answer.iter_lines():
                if line.startswith(": still here"):
                    return "\n".join(lines)
                lines.append(line)
        raise AssertionError("the stream ended")


@pytest.fixture
def poisoned(stage, hostile_contributor, digits):
    """A drawn batch of which the detector, with a seed to compare to, flags some items and hides gold among them.

    Its windows are long: reading every route as everybody takes a while, and the chain's clock does not stop for it.
    """
    seed = [(data, label) for _, data, label in digits(120, 100)]
    dataset = stage.open_dataset(seed=seed, commit_window=2000, reveal_window=2000)
    flipped = [(name, data, (label + 5) % 10) for name, data, label in digits(24)]
    batch_id = hostile_contributor.submit(dataset.id, flipped).batch_id
    stage.rest()
    return dataset.id, batch_id, stage.seats(batch_id)


def check_nothing_shows(stage, dataset_id, batch_id, secrets, shown, people=()):
    """Nobody reads a secret, signed in or not; what is `shown` to the panel only its own task route shows, to it."""
    anyone = Anyone(stage, dataset_id, batch_id)
    panel = stage.seats(batch_id)[0]["panel"]
    for address, browser in people:
        for path, body in anyone.read(browser.http.cookies).items():
            own_task = address in panel and "/rounds/0/task" in path
            for secret in [*secrets, *(() if own_task else shown)]:
                assert secret in path or secret not in body, f"{path} shows {secret} to {address}"
            assert not own_task or shown[0] in body
            assert address in body or not path.startswith("/api/v1/me?"), "they are signed in"
    bodies = anyone.read()
    for path, body in bodies.items():
        for secret in [*secrets, *shown]:
            assert secret in path or secret not in body, f"{path} shows {secret}"
    for empty in ("items", "findings"):
        assert json.loads(bodies[f"/api/v1/batches/{batch_id}/{empty}?None"]) == []
    return bodies


def test_nothing_shows_until_the_screening_is_opened(
    stage, poisoned, honest_reviewer, hostile_contributor, stranger, browse
):
    dataset_id, batch_id, seats = poisoned
    outsider = next(r for r in stage.reviewers.values() if r.address not in seats[0]["panel"])
    roles = (hostile_contributor, stranger, outsider, stage.reviewer_of(seats[0]))
    accounts = [stage.owner, *(role.account for role in roles)]
    people = [(account.address, browse(bytes(account.key))) for account in accounts]
    found, task = stage.row(SecretScreening, batch_id), stage.row(SecretTask, (batch_id, 0))
    assert int(found.flags[0], 16) and int(task.gold[0], 16), "the detector must have something to hide"
    findings = load_findings(stage.application.blobs, found.scores_root)
    hidden = [task.salt[2:], found.scores_root[2:], *(word[2:] for word in [*found.flags, *task.gold, *task.answers])]
    hidden += [f"{finding.p_value!r}" for finding in findings if 0 < finding.p_value < 1]
    hidden += [finding.reason for finding in findings if finding.reason]
    shown = [one["sha256"] for one in task.positions]
    salts = [stage.reviewer_of(seat).salt(seat).hex() for seat in seats]
    verdicts = f"{int(''.join(str(int(v)) for v in reversed(honest_reviewer(seats[0]))), 2):064x}"

    check_nothing_shows(stage, dataset_id, batch_id, [*hidden, *salts], shown, people)
    stage.commit(seats[:2], honest_reviewer)
    check_nothing_shows(stage, dataset_id, batch_id, [*hidden, *salts], shown)
    stage.commit(seats[2:], honest_reviewer)
    for seat in seats[:2]:
        stage.reviewer_of(seat).reveal(seat, honest_reviewer(seat))
    assert stage.row(SentOpening, (batch_id, 0, 0)) is not None
    check_only_its_reviewer_knows_of_an_opening(stage, seats, people)
    bodies = check_nothing_shows(stage, dataset_id, batch_id, [*hidden, *salts], shown, people)
    for row in json.loads(bodies[f"/api/v1/batches/{batch_id}/seats?None"]):
        assert (row["verdicts"], row["salt"]) == (None, None), "sent to the server is not yet revealed"

    stage.reveal(seats[2:], honest_reviewer)
    assert stage.batch(batch_id)["phase"] == "Decided"
    bodies = Anyone(stage, dataset_id, batch_id).read()
    everything = "".join(bodies.values())
    for secret in [task.salt[2:], found.scores_root[2:], task.positions[0]["sha256"], *salts, verdicts]:
        assert secret in everything, "and then everything is open"
    shown = json.loads(bodies[f"/api/v1/batches/{batch_id}/findings?None"])
    assert [row["flagged"] for row in shown] == [finding.flagged for finding in findings]


def check_only_its_reviewer_knows_of_an_opening(stage, seats, people):
    """Seats 0 and 1 were opened here, and not on chain: seat 0's reviewer, who is among these people, is told so."""
    told = {}
    for seat in seats:
        address = seat["panel"][seat["seat"]]
        path = f"{stage.url}/api/v1/reviews/{address}"
        for who, cookies in [("nobody", None), *((who, browser.http.cookies) for who, browser in people)]:
            (own,) = [one for one in httpx.get(path, cookies=cookies).json() if one["batch_id"] == seat["batch_id"]]
            told[seat["seat"], who == address] = told.get((seat["seat"], who == address), set()) | {own["state"]}
    assert told == {(0, True): {"revealed"}, (0, False): {"reveal"}, (1, False): {"reveal"}, (2, False): {"reveal"}}


def test_a_panel_is_not_told_gold_from_items(stage, poisoned):
    """Neither fields nor order nor labels nor images differ; and no route lists the images of seed or batch."""
    _, batch_id, seats = poisoned
    answer = task_of(stage, seats[0])
    secret = stage.row(SecretTask, (batch_id, 0))
    gold = [i for i in range(len(answer["pictures"])) if int(secret.gold[0], 16) >> i & 1]
    assert len(gold) == 6 and gold != [0, 1, 2, 3, 4, 5] and gold != [24, 25, 26, 27, 28, 29]
    assert {frozenset(picture) for picture in answer["pictures"]} == {frozenset({"sha256", "label"})}
    items = {picture["label"] for i, picture in enumerate(answer["pictures"]) if i not in gold}
    assert {answer["pictures"][i]["label"] for i in gold} <= items
    assert answer["evidence"] is None
    headers = [httpx.get(f"{stage.url}/api/v1/images/{p['sha256']}").headers for p in answer["pictures"]]
    assert len({(h["content-type"], h["cache-control"], tuple(sorted(h))) for h in headers}) == 1


def test_the_trusted_seed_is_not_listed(stage, poisoned):
    dataset_id, _, _ = poisoned
    shown = stage.client.get(f"/v1/datasets/{dataset_id}")
    assert shown["document"]["name"] == "Digits" and "seed" not in shown["document"]
    assert all("seed" not in (row["document"] or {}) for row in stage.client.get("/v1/datasets")["results"])


def test_evidence_of_a_later_round_does_not_tell_gold_from_items(stage, honest_contributor, digits, honest_reviewer):
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(120, 100)])
    batch_id = honest_contributor.submit(dataset.id, digits(12)).batch_id
    seats = stage.drawn(batch_id)
    gold = int(stage.row(SecretTask, (batch_id, 0)).gold[0], 16)

    def odd(seat):
        """One reviewer contradicts the others on every item, and has the gold right."""
        said = honest_reviewer(seat)
        return [not v if seat["seat"] == 0 and not gold >> i & 1 else v for i, v in enumerate(said)]

    stage.commit(seats, odd)
    stage.reveal(seats, odd)
    batch = stage.batch(batch_id)
    assert (batch["phase"], batch["round"]) == ("Screening", 1)
    assert stage.client.get(f"/v1/batches/{batch_id}/items") == [], "still nobody may compare"
    answer = httpx.get(f"{stage.url}/api/v1/batches/{batch_id}/rounds/0/task")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_your_seat")
    seats = stage.drawn(batch_id)
    answer = task_of(stage, seats[0])
    assert {frozenset(one) for one in answer["evidence"]} == {frozenset({"flagged", "accepts", "rejects"})}
    assert len(answer["evidence"]) == len(answer["pictures"]) == 12 + 6
    assert {(one["accepts"], one["rejects"]) for one in answer["evidence"]} <= {(2, 1), (1, 2)}
    assert task_of(stage, seats[1]) == answer, "and everybody in the panel is shown the same, each time"


def task_of(stage, seat):
    reviewer, answers = stage.reviewer_of(seat), []
    get = reviewer.client.get
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reviewer.client, "get", lambda *a, **k: answers.append(get(*a, **k)) or answers[-1])
        reviewer.task(seat)
    return answers[-1]


def test_the_private_tables_have_no_route(stage):
    paths = httpx.get(f"{stage.url}/api/openapi.json").json()["paths"]
    for word in ("secret", "screening", "submission", "ballot", "opening", "movement", "aside", "gold", "payout"):
        assert not [path for path, methods in paths.items() if word in path and "get" in methods]
