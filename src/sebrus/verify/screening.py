"""Steps screening and tasks: what the detector bound itself to, and what the reviewers were shown."""

from sebrus.protocol import (
    ZERO32,
    Screening,
    bitmap_hash,
    eip712_digest,
    is_bitmap,
    popcount,
    screening_word,
    task_tree,
    unpack_bits,
)
from sebrus.verify.contents import BatchFile, RoundFile
from sebrus.verify.errors import require
from sebrus.verify.evidence import Evidence
from sebrus.verify.replay import Opening, Replay, Round

MAX_LINKS = 16


def verify_screening(evidence: Evidence) -> str:
    """The detector committed to flags, gold and answers before each draw, and what it opened is what it committed."""
    opened = unopened = silent = 0
    for batch, replay, round_ in evidence.rounds():
        where = f"{replay.name}, round {round_.number}"
        if round_.screened is None:
            silent += 1
            continue
        _check_shown(evidence, round_, where)
        opening = round_.opening
        if opening is None:
            unopened += round_.concluded is not None
            continue
        _check_opening(evidence, batch, round_, opening, where)
        _check_gold(batch, round_, opening, where)
        opened += 1
    if unopened:
        evidence.notes.append(f"{unopened} screenings were committed but never opened: their rounds decided nothing.")
    return f"{opened} screenings open what was committed before the draw; {silent} rounds went without one"


def _check_shown(evidence: Evidence, round_: Round, where: str) -> None:
    assert round_.screened is not None
    gold = round_.positions - round_.items
    require(0 <= gold <= evidence.policy.max_gold, f"{where}: {gold} gold pictures were shown")
    require(len(round_.screened["links"]) <= MAX_LINKS, f"{where}: more than {MAX_LINKS} accounts are linked")
    require(round_.screened["commitment"] != ZERO32, f"{where}: the screening binds nobody")


def _check_opening(evidence: Evidence, batch: BatchFile, round_: Round, opening: Opening, where: str) -> None:
    assert round_.screened is not None
    screening = Screening(
        batch_id=batch.batch_id,
        round=round_.number,
        model_hash=opening.model_hash,
        scores_root=opening.scores_root,
        flags_hash=bitmap_hash(opening.flags),
        gold_hash=bitmap_hash(opening.gold),
        answers_hash=bitmap_hash(opening.answers),
        salt=opening.salt,
    )
    committed = screening_word(round_.screened["commitment"], round_.screened["taskRoot"])
    found = screening_word(eip712_digest(evidence.domain, screening), opening.task_root)
    require(found == committed, f"{where}: the screening opened is not the one committed")


def _check_gold(batch: BatchFile, round_: Round, opening: Opening, where: str) -> None:
    positions = round_.positions
    fits = is_bitmap(opening.gold, positions) and is_bitmap(opening.answers, positions)
    require(fits, f"{where}: gold and answers are no bitmaps over {positions} positions")
    gold = popcount(opening.gold)
    require(gold == positions - round_.items, f"{where}: {gold} gold pictures do not fit the positions")
    stray = any(answer & ~place for answer, place in zip(opening.answers, opening.gold, strict=True))
    require(not stray, f"{where}: a picture that is no gold has an answer")
    flagged = 0 if round_.before else batch.key.item_count
    require(is_bitmap(opening.flags, flagged), f"{where}: the flags are no bitmap over {flagged} items")


def verify_tasks(evidence: Evidence) -> str:
    """What reviewers were shown is under the task root, and without the gold it is exactly the items in question."""
    pictures = gold = 0
    for batch, replay, round_ in evidence.rounds():
        where = f"{replay.name}, round {round_.number}"
        told = batch.round(round_.number)
        require(told is not None, f"{where}: batches.jsonl does not tell of it")
        assert told is not None
        _check_task(round_, told, where)
        gold += _check_places(batch, replay, round_, told, where)
        pictures += round_.positions
    return f"{pictures} pictures were shown, {gold} of them gold; the others are the items in question in their order"


def _check_task(round_: Round, told: RoundFile, where: str) -> None:
    """The list of pictures is the one that the detector committed to."""
    if round_.screened is None:
        require(told.task is None, f"{where}: batches.jsonl shows a task that nobody made")
        return
    if told.task is None:
        require(round_.opened is None, f"{where}: batches.jsonl does not say what was shown")
        return
    shown = len(told.task)
    require(shown == round_.positions > 0, f"{where}: the task has {shown} pictures, {round_.positions} were shown")
    same = task_tree(told.task).root == round_.screened["taskRoot"]
    require(same, f"{where}: the pictures of the task are not those under its root")


def _check_places(batch: BatchFile, replay: Replay, round_: Round, told: RoundFile, where: str) -> int:
    """Dropping the gold leaves the items in question; returns the number of gold pictures."""
    opening = round_.opening
    if opening is None:
        require(told.gold is None, f"{where}: batches.jsonl lists gold that nobody opened")
        return 0
    places = unpack_bits(opening.gold, round_.positions)
    answers = unpack_bits(opening.answers, round_.positions)
    listed = tuple((place, answers[place]) for place, is_gold in enumerate(places) if is_gold)
    require(told.gold == listed, f"{where}: batches.jsonl lists other gold or answers than were opened")
    assert told.task is not None
    left = [picture for picture, is_gold in zip(told.task, places, strict=True) if not is_gold]
    question = unpack_bits(round_.question, replay.item_count) if round_.question else [True] * replay.item_count
    asked = [item for item, is_asked in zip(batch.items, question, strict=True) if is_asked]
    require(left == asked, f"{where}: the task without its gold is not the items in question")
    return len(listed)
