"""What the reviewers of a round are shown: the items in question, with gold among them at places only we know.

Until the screening of the round is opened nothing we answer may tell the two apart.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from sebrus.chain.calls import ScreeningCommitment, ScreeningOpening
from sebrus.platform.application import Application
from sebrus.platform.arrivals import Arrival, arrival_of, items_in_question, question_of
from sebrus.platform.documents import LabelledDigest
from sebrus.platform.gold import GoldPicture, choose_gold, gold_count
from sebrus.platform.keys import hash_bytes, hash_text, policy_of, word_texts, words
from sebrus.platform.links import links_to_name
from sebrus.platform.metadata import load_metadata
from sebrus.protocol.bitmap import pack_bits, unpack_bits
from sebrus.protocol.leaf import task_tree
from sebrus.protocol.signature import eip712_digest
from sebrus.store.models import GoldUse, Image, SecretScreening, SecretTask
from sebrus.store.projected import Batch, Dataset, Round

SOME = 500
"""Images asked for at once: a query has room for no more."""


# ---------------------------------------------------------------- making a task


def make_task(application: Application, batch_id: str, check: Callable[[Session], None] = lambda _: None) -> None:
    """Choose and hide the gold of a batch's running round and keep the task, with what its gold was used for.

    Made again from the same tables it is the same. A batch on its way to the chain gets the task of its first round.
    `check` is called in the transaction that keeps it, and may refuse.

    Raises:
        NoResultFound: the batch has not been screened.
    """
    with application.database.read() as session:
        batch = arrival_of(application, session, batch_id)
        screening = session.get_one(SecretScreening, batch_id)
        items = batch.question
        gold, draw = _gold(application, session, batch)
    places = set(draw.sample(range(len(items) + len(gold)), len(gold)))
    own, hidden = iter(items), iter(gold)
    shown: list[LabelledDigest] = []
    answers = []
    for place in range(len(items) + len(gold)):
        picture = next(hidden) if place in places else None
        shown.append(picture.shown if picture else next(own))
        answers.append(picture is not None and picture.accept)
    bits = pack_bits(place in places for place in range(len(shown)))
    task = _task(application, batch, screening, shown, bits, pack_bits(answers))
    with application.database.write() as session:
        check(session)
        session.merge(task)
        for picture in gold:
            key = (batch.dataset_id, picture.shown.sha256)
            row = session.get(GoldUse, key) or GoldUse(dataset_id=key[0], sha256=key[1], uses=0)
            row.uses += 1
            session.add(row)


def _gold(application: Application, session: Session, batch: Arrival) -> tuple[list[GoldPicture], Random]:
    """The gold of a batch's running round, and the lots that its places are drawn with."""
    draw = Random(secret_of(application, batch.id, batch.round, b"task"))  # noqa: S311 - a secret seed of 256 bits
    seed = _usable_seed(application, session, batch)
    rows = session.scalars(select(GoldUse).where(GoldUse.dataset_id == batch.dataset_id))
    uses = {row.sha256: row.uses for row in rows}
    max_gold = policy_of(session.get_one(Dataset, batch.dataset_id)).max_gold
    count = gold_count(len(batch.question), len(seed), max_gold)
    return choose_gold(draw, seed, [item.label for item in batch.question], uses, count), draw


def _task(
    application: Application,
    batch: Arrival,
    screening: SecretScreening,
    shown: Sequence[LabelledDigest],
    gold: Sequence[int],
    answers: Sequence[int],
) -> SecretTask:
    opening = ScreeningOpening(
        task_root=task_tree((bytes.fromhex(one.sha256), one.label) for one in shown).root,
        model_hash=hash_bytes(screening.model_hash),
        scores_root=hash_bytes(screening.scores_root),
        salt=secret_of(application, batch.id, batch.round, b"salt"),
        flags=tuple(words(screening.flags)) if batch.undecided else (),
        gold=tuple(gold),
        answers=tuple(answers),
    )
    commitment = eip712_digest(application.domain, opening.message(hash_bytes(batch.id), batch.round))
    return SecretTask(
        batch_id=batch.id,
        round=batch.round,
        positions=[{"sha256": one.sha256, "label": one.label} for one in shown],
        task_root=hash_text(opening.task_root),
        flags=word_texts(opening.flags),
        gold=word_texts(gold),
        answers=word_texts(answers),
        salt=hash_text(opening.salt),
        commitment=hash_text(commitment),
    )


def secret_of(application: Application, batch_id: str, round_: int, purpose: bytes) -> bytes:
    """32 bytes that only the operator's key gives, another for every round of every batch and every purpose."""
    text = b"SeBRUS " + purpose + hash_bytes(batch_id) + bytes([round_])
    return hmac.digest(application.operator.key, text, "sha256")


def _usable_seed(application: Application, session: Session, batch: Arrival) -> list[LabelledDigest]:
    """The trusted images that are here, none of which shows what an item of the batch shows; in a fixed order."""
    metadata = load_metadata(application.blobs, session.get_one(Dataset, batch.dataset_id).metadata_hash)
    seed = {item.sha256: LabelledDigest(item.sha256, item.label) for item in metadata.seed} if metadata else {}
    own = {item.sha256 for item in batch.items}
    taken = set(_pixels(session, sorted(own)).values())
    pixels = _pixels(session, sorted(set(seed) - own))
    return [seed[sha256] for sha256 in sorted(pixels) if pixels[sha256] not in taken]


def _pixels(session: Session, digests: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(digests), SOME):
        part = select(Image).where(Image.sha256.in_(digests[start : start + SOME]))
        found |= {image.sha256: image.pixels_sha256 for image in session.scalars(part)}
    return found


# ---------------------------------------------------------------- using a task


def task_of(session: Session, batch: Batch) -> SecretTask | None:
    """Our task for the running round; None where there is none, or the chain took back what it was made for."""
    task = session.get(SecretTask, (batch.id, batch.round))
    if task is None or bool(task.flags) != (batch.accepted is None):
        return None
    gold = unpack_bits(words(task.gold), len(task.positions))
    left = [(one["sha256"], one["label"]) for one, hidden in zip(task.positions, gold, strict=True) if not hidden]
    items = [(item.sha256, item.label) for item in items_in_question(session, batch)]
    return task if left == items else None


def commitment_of(session: Session, batch: Batch | Arrival, task: SecretTask) -> ScreeningCommitment:
    """What to commit to for the running round, or for the first round of a batch on its way to the chain."""
    screening = session.get_one(SecretScreening, batch.id)
    return ScreeningCommitment(
        commitment=hash_bytes(task.commitment),
        task_root=hash_bytes(task.task_root),
        positions=len(task.positions),
        links=tuple(links_to_name(session, batch, screening)),
    )


def opening_of(session: Session, round_: Round) -> ScreeningOpening | None:
    """What opens the screening committed for a round; None where it was not ours."""
    task = session.get(SecretTask, (round_.batch_id, round_.round))
    screening = session.get(SecretScreening, round_.batch_id)
    if task is None or screening is None or task.commitment != round_.commitment:
        return None
    return ScreeningOpening(
        task_root=hash_bytes(task.task_root),
        model_hash=hash_bytes(screening.model_hash),
        scores_root=hash_bytes(screening.scores_root),
        salt=hash_bytes(task.salt),
        flags=tuple(words(task.flags)),
        gold=tuple(words(task.gold)),
        answers=tuple(words(task.answers)),
    )


def shown_pictures(session: Session, batch: Batch, round_: Round) -> list[LabelledDigest] | None:
    """What the reviewers of a round are shown, by position; None where this server cannot know.

    Without a screening it is the items in question. With one that another detector committed, only that one knows.
    """
    if not batch.available:
        return None
    if round_.commitment is None:
        return question_of(session, batch, round_)
    task = session.get(SecretTask, (batch.id, round_.round))
    if task is None or task.commitment != round_.commitment:
        return None
    return [LabelledDigest(one["sha256"], one["label"]) for one in task.positions]
