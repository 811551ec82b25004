"""Reviewers are blind: until the screening is opened on chain nothing the detector found, and nothing a reviewer
keeps secret, can be read from any route by anyone."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest

from sebrus.platform.documents import load_findings
from sebrus.store.models import SecretScreening, SentOpening

pytestmark = pytest.mark.chain


class Anyone:
    """Reads every GET route of the OpenAPI document, with every value a curious person knows."""

    def __init__(self, stage: Any, dataset_id: str, batch_id: str) -> None:
        self.stage = stage
        items = stage.client.get(f"/v1/batches/{batch_id}/items")
        self.known = {
            "dataset_id": [dataset_id],
            "batch_id": [batch_id],
            "sha256": [item["sha256"] for item in items[:3]],
            "reviewer": list(stage.reviewers),
            "address": [*stage.reviewers, stage.application.operator.address, stage.owner.address],
        }
        secret = stage.row(SecretScreening, batch_id)
        # Digests that name stored documents, should a route hand out documents by digest.
        self.known["sha256"] += [secret.scores_root[2:], secret.commitment[2:]]

    def read(self) -> dict[str, str]:
        """Path -> body of every route, each page of each list."""
        with httpx.Client(base_url=self.stage.url) as http:
            document = http.get("/api/openapi.json").json()
            templates = [path for path, methods in document["paths"].items() if "get" in methods]
            bodies = {}
            for template in templates:
                for path in self._fill(template):
                    bodies |= self._pages(http, path)
        assert len(templates) >= 14
        return bodies

    def _fill(self, template: str) -> list[str]:
        paths = [template]
        for name in re.findall(r"{(\w+)}", template):
            paths = [path.replace(f"{{{name}}}", value) for path in paths for value in self.known[name]]
        return paths

    def _pages(self, http: httpx.Client, path: str) -> dict[str, str]:
        found, after = {}, None
        while True:
            answer = http.get(path, params={} if after is None else {"after": after})
            assert answer.status_code in (200, 404), (path, answer.text)
            found[f"{path}?{after}"] = answer.content.decode("latin-1")
            after = answer.json().get("next") if answer.text.startswith('{"results"') else None
            if after is None:
                return found


@pytest.fixture
def poisoned(request, stage, hostile_contributor, digits):
    """A drawn batch of which the detector, with a seed to compare to, flags some items.

    Each test has images and a count of its own: the same give the same findings, and those of settled batches are open.
    """
    start, count = (30, 22) if "never" in request.node.name else (0, 24)
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(120, 100)])
    flipped = [(name, data, (label + 5) % 10) for name, data, label in digits(count, start)]
    batch_id = hostile_contributor.submit(dataset.id, flipped).batch_id
    stage.rest()
    return dataset.id, batch_id, stage.seats(batch_id)


def check_nothing_shows(stage, dataset_id, batch_id, secrets):
    bodies = Anyone(stage, dataset_id, batch_id).read()
    for path, body in bodies.items():
        for secret in secrets:
            assert secret in path or secret not in body, f"{path} shows {secret}"
    rows = json.loads(bodies[f"/api/v1/batches/{batch_id}/items?None"])
    assert {(row["flagged"], row["accepted"], row["panel_accepted"]) for row in rows} == {(None, None, None)}
    assert json.loads(bodies[f"/api/v1/batches/{batch_id}/findings?None"]) == []
    return bodies


def test_nothing_shows_until_the_screening_is_opened(stage, poisoned, honest_reviewer):
    dataset_id, batch_id, seats = poisoned
    found = stage.row(SecretScreening, batch_id)
    assert found is not None and int(found.flags[0], 16), "the detector must have something to hide"
    findings = load_findings(stage.application.blobs, found.scores_root)
    hidden = [found.salt[2:], found.scores_root[2:], *(word[2:] for word in found.flags)]
    hidden += [f"{finding.p_value!r}" for finding in findings if 0 < finding.p_value < 1]
    hidden += [finding.reason for finding in findings if finding.reason]
    salts = [stage.reviewer_of(seat).salt(seat).hex() for seat in seats]
    verdicts = f"{int(''.join(str(int(v)) for v in reversed(honest_reviewer(seats[0]))), 2):064x}"

    check_nothing_shows(stage, dataset_id, batch_id, [*hidden, *salts])
    stage.commit(seats[:2], honest_reviewer)
    check_nothing_shows(stage, dataset_id, batch_id, [*hidden, *salts])
    stage.commit(seats[2:], honest_reviewer)
    for seat in seats[:2]:
        stage.reviewer_of(seat).reveal(seat, honest_reviewer(seat))
    assert stage.row(SentOpening, (batch_id, 0, 0)) is not None
    bodies = check_nothing_shows(stage, dataset_id, batch_id, [*hidden, *salts])
    for row in json.loads(bodies[f"/api/v1/batches/{batch_id}/seats?None"]):
        assert (row["verdicts"], row["salt"]) == (None, None), "sent to the server is not yet revealed"

    stage.step()
    check_nothing_shows(stage, dataset_id, batch_id, [*hidden, salts[2]])
    stage.reveal(seats[2:], honest_reviewer)
    assert stage.batch(batch_id)["phase"] == "Settled"
    bodies = Anyone(stage, dataset_id, batch_id).read()
    everything = "".join(bodies.values())
    for secret in [found.salt[2:], found.scores_root[2:], *salts, verdicts]:
        assert secret in everything, "and then everything is open"
    shown = json.loads(bodies[f"/api/v1/batches/{batch_id}/findings?None"])
    assert [row["flagged"] for row in shown] == [finding.flagged for finding in findings]


def test_a_screening_that_stays_closed_never_shows(stage, poisoned, honest_reviewer):
    """The round failed, the batch was drawn again: the next panel is as blind."""
    dataset_id, batch_id, _ = poisoned
    found = stage.row(SecretScreening, batch_id)
    stage.wait(101)
    stage.rest()
    assert stage.batch(batch_id)["round"] == 1
    check_nothing_shows(stage, dataset_id, batch_id, [found.salt[2:], found.scores_root[2:], found.flags[0][2:]])


def test_the_private_tables_have_no_route(stage):
    paths = httpx.get(f"{stage.url}/api/openapi.json").json()["paths"]
    for word in ("secret", "screening", "submission", "ballot", "opening", "movement", "aside"):
        assert not [path for path, methods in paths.items() if word in path and "get" in methods]
