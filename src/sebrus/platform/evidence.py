"""What is known of the pictures of a later round: the detector's flags, and the verdicts of earlier rounds.

Gold is given the evidence of an item in question, drawn by lot, so that evidence does not give gold away; but what is
to be accepted is never shown as flagged, or whoever heeds the detector would fail on it. Where everything in question
is flagged this tells such gold from the rest, to those who would have it right anyway.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from sqlalchemy.orm import Session

from sebrus.platform.application import Application
from sebrus.platform.keys import concluded_rounds, words
from sebrus.platform.tasks import secret_of
from sebrus.protocol.bitmap import compress, expand, unpack_bits
from sebrus.store.models import SecretTask
from sebrus.store.projected import Batch, Round


@dataclass(frozen=True)
class Evidence:
    """Of one picture: whether the detector flagged it (null: nothing opened), and the earlier verdicts on it."""

    flagged: bool | None
    accepts: int
    rejects: int


def evidence_of(application: Application, session: Session, batch: Batch, round_: Round) -> list[Evidence] | None:
    """The evidence on each picture of a round, by position; None in a round that no other went before."""
    known = _on_items(session, batch, round_)
    if known is None:
        return None
    asked = unpack_bits(words(round_.question), batch.item_count) if round_.question else [True] * batch.item_count
    own = [evidence for evidence, wanted in zip(known, asked, strict=True) if wanted]
    task = session.get(SecretTask, (batch.id, round_.round))
    if task is None or task.commitment != round_.commitment:
        return own
    draw = Random(secret_of(application, batch.id, round_.round, b"evidence"))  # noqa: S311 - seeded with a secret of 256 bits
    rest = iter(own)
    gold, answers = (unpack_bits(words(bitmap), len(task.positions)) for bitmap in (task.gold, task.answers))
    unflagged = [one for one in own if not one.flagged] or [replace(one, flagged=False) for one in own]
    known_gold = zip(gold, answers, strict=True)
    return [draw.choice(unflagged if accept else own) if hidden else next(rest) for hidden, accept in known_gold]


def _on_items(session: Session, batch: Batch, round_: Round) -> list[Evidence] | None:
    """The evidence on every item of the batch from the rounds before; None where there was none."""
    count = batch.item_count
    before = [one for one in concluded_rounds(session, batch) if one.status.round < round_.round]
    if not before:
        return None
    accepts, rejects = [0] * count, [0] * count
    for one in before:
        places, question = one.item_places, one.question_mask(count)
        if places is None:
            continue
        asked = unpack_bits(question, count)
        for _, verdicts in one.revealed:
            said = unpack_bits(expand(compress(verdicts, places), question), count)
            for item in range(count):
                accepts[item] += asked[item] and said[item]
                rejects[item] += asked[item] and not said[item]
    flags = unpack_bits(words(batch.flags), count) if batch.flags else [None] * count
    return [Evidence(*row) for row in zip(flags, accepts, rejects, strict=True)]
