"""Who may do what: every operation of the OpenAPI document by every kind of sender; a new one needs its line here."""

from __future__ import annotations

import secrets
import time

import httpx
import pytest

from sebrus.client import Contributor

pytestmark = pytest.mark.chain

PEOPLE = ("stranger", "signed in", "contributor", "seated reviewer", "other reviewer", "owner")
KEYS = ("read", "contribute", "review", "money")
"""Keys of the seated reviewer, each with one scope."""
SIGNED_IN = PEOPLE[1:]


def everybody(status):
    return dict.fromkeys((*PEOPLE, *KEYS), status)


def signed(scope, status):
    """Whoever signed, so anybody may send it; of keys, those made for it."""
    return everybody(status) | {key: 403 for key in KEYS if key != scope}


def account(status):
    """The account itself, signed in; a key for reading stands for it, a stranger is asked who it is."""
    return everybody(403) | dict.fromkeys(SIGNED_IN, status) | {"stranger": 401, "read": status}


def session(status):
    """Signed in, and by no key."""
    return everybody(403) | dict.fromkeys(SIGNED_IN, status) | {"stranger": 401}


PANEL = everybody(403) | {"seated reviewer": 200, "review": 200}
PUBLIC = everybody(200)

# What passes with a body that makes no sense is told so: 422.
EXPECTED = {
    "GET /api/health": PUBLIC,
    "GET /api/ready": PUBLIC,
    "GET /api/v1/chain": PUBLIC,
    "GET /api/v1/events": PUBLIC,
    "GET /api/v1/stream": PUBLIC,
    "POST /api/v1/metadata": signed("contribute", 422),
    "GET /api/v1/policy": PUBLIC,
    "GET /api/v1/datasets": PUBLIC,
    "GET /api/v1/datasets/{dataset_id}": PUBLIC,
    "GET /api/v1/datasets/{dataset_id}/items": PUBLIC,
    "GET /api/v1/datasets/{dataset_id}/releases": PUBLIC,
    "POST /api/v1/datasets/{dataset_id}/releases/draft": session(403) | {"owner": 409},
    "GET /api/v1/datasets/{dataset_id}/releases/draft": session(403) | {"owner": 200},
    "GET /api/v1/datasets/{dataset_id}/releases/draft/archive": session(403) | {"owner": 404},
    "GET /api/v1/datasets/{dataset_id}/releases/{version}": everybody(404),
    "GET /api/v1/datasets/{dataset_id}/releases/{version}/archive": everybody(404),
    "GET /api/v1/datasets/{dataset_id}/releases/{version}/files": everybody(404),
    "GET /api/v1/datasets/{dataset_id}/releases/{version}/files/{path}": everybody(404),
    "GET /api/v1/datasets/{dataset_id}/statistics": PUBLIC,
    "GET /api/v1/datasets/{dataset_id}/classes": PUBLIC,
    "GET /api/v1/datasets/{dataset_id}/history": PUBLIC,
    "GET /api/v1/datasets/{dataset_id}/contributors": PUBLIC,
    "POST /api/v1/images": signed("contribute", 422),
    "POST /api/v1/images/missing": everybody(422),
    "GET /api/v1/images/{sha256}": PUBLIC,
    "HEAD /api/v1/images/{sha256}": PUBLIC,
    "GET /api/v1/uploads/{sha256}": everybody(404),
    "PUT /api/v1/uploads/{sha256}": signed("contribute", 422),
    "POST /api/v1/batches": signed("contribute", 422),
    "GET /api/v1/batches": PUBLIC,
    "GET /api/v1/batches/{batch_id}": PUBLIC,
    "GET /api/v1/batches/{batch_id}/items": PUBLIC,
    "GET /api/v1/batches/{batch_id}/rounds": PUBLIC,
    "GET /api/v1/batches/{batch_id}/rounds/{round_number}/task": PANEL,
    "GET /api/v1/batches/{batch_id}/standing": PUBLIC,
    "GET /api/v1/batches/{batch_id}/appeals": PUBLIC,
    "GET /api/v1/batches/{batch_id}/seats": PUBLIC,
    "GET /api/v1/batches/{batch_id}/findings": PUBLIC,
    "GET /api/v1/batches/{batch_id}/timeline": PUBLIC,
    "GET /api/v1/batches/{batch_id}/call": PUBLIC,
    "GET /api/v1/reviews/{reviewer}": PUBLIC,
    "POST /api/v1/ballots": signed("review", 422),
    "POST /api/v1/openings": signed("review", 422),
    "POST /api/v1/appeals": signed("money", 422),
    "GET /api/v1/reviewers/{address}": PUBLIC,
    "GET /api/v1/accounts/{address}": PUBLIC,
    "POST /api/v1/movements": signed("money", 422),
    "POST /api/v1/payouts": signed("money", 422),
    "POST /api/v1/links": signed("money", 422),
    "POST /api/v1/nonces": everybody(201),
    "POST /api/v1/sessions": everybody(422),
    "GET /api/v1/sessions": session(200),
    "GET /api/v1/sessions/current": session(200),
    "DELETE /api/v1/sessions/current": session(204),
    "DELETE /api/v1/sessions": session(204),
    "DELETE /api/v1/sessions/{session_id}": session(404),
    "POST /api/v1/keys": session(422),
    "GET /api/v1/keys": session(200),
    "DELETE /api/v1/keys/{key_id}": session(404),
    "GET /api/v1/me": account(200),
    "GET /api/v1/me/datasets": account(200),
}


def answered(http, method, url, **body):
    """The answer; of one without end, such as a stream of events, no more than its beginning is read."""
    with http.stream(method, url, **body) as answer:
        if not answer.headers.get("content-type", "").startswith("text/event-stream"):
            answer.read()
    return answer


class Senders:
    """Everybody of the table, while one batch is voted on."""

    def __init__(self, stage, browser, digits):
        self.stage, self.browser = stage, browser
        contributor = Contributor(stage.client, secrets.token_bytes(32))
        stage.deposit(contributor.address)
        dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(20, 100)])
        batch_id = contributor.submit(dataset.id, digits(3)).batch_id
        (seat, *_) = seats = stage.drawn(batch_id)
        seated = stage.reviewer_of(seat)
        other = next(r for r in stage.reviewers.values() if r.address not in seats[0]["panel"])
        self.wallets = {
            "signed in": secrets.token_bytes(32),
            "contributor": bytes(contributor.account.key),
            "seated reviewer": bytes(seated.account.key),
            "other reviewer": bytes(other.account.key),
            "owner": bytes(stage.owner.key),
        }
        self.values = {
            "dataset_id": dataset.id,
            "batch_id": batch_id,
            "round_number": "0",
            "sha256": seated.task(seat).pictures[0].sha256,
            "reviewer": seated.address,
            "address": seated.address,
            "session_id": "0" * 16,
            "key_id": "0" * 16,
            "version": "1",
            "path": "manifest.json",
        }
        self.people = {"stranger": browser(), **{name: browser(key) for name, key in self.wallets.items()}}
        self.keys = {scope: self._key(scope) for scope in KEYS}

    def _key(self, scope):
        body = {"name": scope, "scopes": [scope], "expires": int(time.time()) + 3600}
        return self.people["seated reviewer"].http.post("/keys", json=body).json()["key"]

    def ask(self, who, method, path):
        url = self.stage.url + path.format(**self.values)
        body = {"json": {}} if method == "POST" else {}
        if who in self.keys:
            with httpx.Client(headers={"Authorization": f"Bearer {self.keys[who]}"}) as http:
                return answered(http, method, url, **body)
        answer = answered(self.people[who].http, method, url, **body)
        if method == "DELETE" and who in self.wallets:
            self.people[who] = self.browser(self.wallets[who])
        return answer


@pytest.fixture(scope="module")
def senders(shared_stage, new_browser, digits):
    shared_stage.begin_anew()
    return Senders(shared_stage, lambda key=None: new_browser(shared_stage.url, key), digits)


@pytest.mark.parametrize("operation", EXPECTED)
def test_everybody_may_do_what_the_table_says(senders, operation):
    method, path = operation.split(" ")
    found = {who: senders.ask(who, method, path) for who in (*PEOPLE, *KEYS)}
    assert {who: answer.status_code for who, answer in found.items()} == EXPECTED[operation]
    for answer in found.values():
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.headers["cache-control"] == "no-store"


# ---------------------------------------------------------------- what the document says of it


def declared(expected):
    """The OpenAPI security of an operation that lets these senders in."""
    asked = [{"session": []}] if any(expected[who] not in (401, 403) for who in ("signed in", "owner")) else []
    keys = [key for key in KEYS if expected[key] != 403]
    if expected is PANEL:
        return [{}, {"signature": []}, {"session": []}, {"key": ["review"]}]
    if len(keys) == len(KEYS):
        return []
    return [*([{}] if expected["stranger"] != 401 else []), *asked, *({"key": [key]} for key in keys)]


@pytest.mark.parametrize("operation", EXPECTED)
def test_the_document_says_whom_it_lets_in(shared_stage, operation):
    document = httpx.get(f"{shared_stage.url}/api/openapi.json").json()
    method, path = operation.split(" ")
    assert document["paths"][path][method.lower()]["security"] == declared(EXPECTED[operation])
    assert set(document["components"]["securitySchemes"]) == {"session", "key", "signature"}
    assert document["components"]["securitySchemes"]["session"]["name"] == "sebrus_session"


def test_every_operation_is_in_the_table(shared_stage):
    document = httpx.get(f"{shared_stage.url}/api/openapi.json").json()
    operations = {f"{method.upper()} {path}" for path, methods in document["paths"].items() for method in methods}
    assert set(EXPECTED) == operations
