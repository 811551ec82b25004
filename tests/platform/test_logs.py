"""One line per event, for people or machines, and nothing in it that somebody must not know."""

from __future__ import annotations

import io
import json
import logging
import re
from datetime import datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sebrus.platform.logs import FIELDS, JsonLines, TextLines, about, configure_logs
from sebrus.store.models import SecretScreening, SecretTask, SentOpening

from ..actors.workers import work


@pytest.fixture
def written():
    """written(formatter) -> the text that everything logged from then on becomes."""
    root, ours, handlers = logging.getLogger(), logging.getLogger("sebrus"), []
    httpx_level = logging.getLogger("httpx").level
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the client of the test itself

    def run(formatter):
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.setFormatter(formatter)
        root.addHandler(handler)
        ours.setLevel(logging.DEBUG)
        handlers.append(handler)
        return stream

    yield run
    for handler in handlers:
        root.removeHandler(handler)
    ours.setLevel(logging.NOTSET)
    logging.getLogger("httpx").setLevel(httpx_level)


def lines(stream) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def record(message: str, *arguments, **fields) -> logging.LogRecord:
    made = logging.LogRecord("thing", logging.WARNING, "", 0, message, arguments, None)
    made.__dict__.update(fields)
    return made


# ---------------------------------------------------------------- the form


def test_a_json_line_has_what_machines_look_for():
    with about(request_id="r1", batch_id="0x12"):
        line = json.loads(JsonLines("work").format(record("%d sent", 3, transaction="0x34", batch_id="0x56")))
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {
        "level": "warning",
        "process": "work",
        "logger": "thing",
        "message": "3 sent",
        "request_id": "r1",
        "batch_id": "0x56",
        "transaction": "0x34",
    }


def test_fields_end_with_their_block():
    with about(request_id="outer"), about(batch_id="0x12"):
        pass
    assert not set(FIELDS) & set(json.loads(JsonLines("work").format(record("x"))))


def test_what_is_no_field_is_not_written():
    for formatter in (JsonLines("work"), TextLines("work")):
        assert "secret" not in formatter.format(record("x", salt="secret", verdicts="secret"))
        with about(verdicts="secret"):
            assert "secret" not in formatter.format(record("x"))


@given(st.text())
def test_a_message_stays_on_its_line(text):
    assert "\n" not in JsonLines("serve").format(record("%s", text))
    assert json.loads(JsonLines("serve").format(record("%s", text)))["message"] == text
    line = TextLines("serve").format(record("%s", text))
    assert len(line.splitlines()) == 1 and "\x1b" not in line
    assert re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z WARNING serve thing: ", line)


def test_an_error_keeps_its_traceback():
    try:
        raise ValueError("cause")
    except ValueError as error:
        made = record("failed")
        made.exc_info = (type(error), error, error.__traceback__)
    assert "ValueError: cause" in json.loads(JsonLines("work").format(made))["error"]
    assert TextLines("work").format(made).endswith("ValueError: cause")


def test_a_command_is_set_up_once_more_without_doubling(capsys):
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        root.handlers = []
        configure_logs("text", "work")
        configure_logs("json", "work")
        logging.getLogger("sebrus").warning("once")
        said = capsys.readouterr().err
    finally:
        root.handlers, root.level = before, level
    assert len(said.splitlines()) == 1 and json.loads(said)["message"] == "once"


# ---------------------------------------------------------------- requests


@pytest.mark.chain
def test_each_request_has_an_id_and_a_line(stage, written):
    stream = written(JsonLines("serve"))
    batch_id = "0x" + "12" * 32
    own = httpx.get(f"{stage.url}/api/v1/batches/{batch_id}?signature=0xsecret", headers={"x-request-id": "mine-1"})
    assert own.headers["x-request-id"] == "mine-1"
    made = httpx.get(f"{stage.url}/api/v1/datasets")
    assert re.fullmatch("[0-9a-f]{32}", made.headers["x-request-id"])
    for hostile in ("a b", "x" * 65, 'x"} 1', "\N{LATIN SMALL LETTER E WITH ACUTE}".encode()):
        answer = httpx.get(f"{stage.url}/api/v1/datasets", headers={"x-request-id": hostile})
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
    by_id = {line["request_id"]: line for line in lines(stream) if line["message"] == "answered"}
    line = by_id["mine-1"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/batches/{batch_id}", 404)
    assert line["batch_id"] == batch_id and line["seconds"] >= 0
    assert made.headers["x-request-id"] in by_id
    assert "secret" not in stream.getvalue()


@pytest.mark.chain
def test_a_fault_of_ours_is_found_by_its_id(stage, written, monkeypatch):
    import sebrus.api.routes.datasets as datasets

    def broken(*_arguments, **_named):
        raise RuntimeError("a fault")

    monkeypatch.setattr(datasets, "page_of", broken)
    stream = written(JsonLines("serve"))
    answer = httpx.get(f"{stage.url}/api/v1/datasets", headers={"x-request-id": "lost"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (500, "lost")
    (line,) = [line for line in lines(stream) if line["message"] == "unexpected error"]
    assert line["request_id"] == "lost" and "RuntimeError: a fault" in line["error"]


# ---------------------------------------------------------------- what must not be there


@pytest.mark.chain
def test_no_line_tells_a_key_a_verdict_or_a_finding(stage, written, hostile_contributor, digits, lazy_reviewer):
    """A whole round with every level of the log, faults included: of the secrets nothing shows."""
    stream, plain = written(JsonLines("work")), written(TextLines("work"))
    dataset = stage.open_dataset(seed=[(data, label) for _, data, label in digits(120, 100)])
    flipped = [(name, data, (label + 5) % 10) for name, data, label in digits(24)]
    batch_id = hostile_contributor.submit(dataset.id, flipped).batch_id
    seats = stage.drawn(batch_id)
    stage.commit(seats, lazy_reviewer)
    for seat in seats[:2]:
        stage.reviewer_of(seat).reveal(seat, lazy_reviewer(seat))
    found, task = stage.row(SecretScreening, batch_id), stage.row(SecretTask, (batch_id, 0))
    sent = stage.row(SentOpening, (batch_id, 0, seats[0]["seat"]))
    _fail_to_write(stage, sent)
    hidden = [task.salt, sent.salt, found.scores_root, *sent.verdicts, *found.flags, *task.gold, *task.answers]
    hidden += [stage.application.operator.key.hex(), hostile_contributor.account.key.hex()]
    text = stream.getvalue() + plain.getvalue()
    assert "IntegrityError" in text, "the fault was logged"
    for secret in hidden:
        assert secret.removeprefix("0x") not in text
    sent_lines = [line for line in lines(stream) if line["message"] == "mined"]
    assert {batch_id} <= {line.get("batch_id") for line in sent_lines}
    assert all(re.fullmatch("0x[0-9a-f]{64}", line["transaction"]) for line in sent_lines)


def _fail_to_write(stage, sent) -> None:
    """Have a statement with an opening fail, and the failure logged as the worker logs it."""
    import threading

    import sebrus.platform.worker as worker

    stop = threading.Event()

    def again(application, head):
        stop.set()
        values = {name: getattr(sent, name) for name in ("batch_id", "round", "seat", "salt", "verdicts")}
        with application.database.write() as session:
            session.add(SentOpening(**values, refusal=None))
        return []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "DUTIES", (again,))
        work(stage.application, stop)
