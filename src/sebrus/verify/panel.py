"""Step panel: who sat is what weights and chance decide, leaving out whoever has an interest."""

from collections.abc import Sequence

from sebrus.protocol import draw_entropy, draw_panel, entropy_block, excluded_accounts
from sebrus.verify.contents import BatchFile
from sebrus.verify.errors import require
from sebrus.verify.events import Event
from sebrus.verify.evidence import Evidence
from sebrus.verify.replay import Round
from sebrus.verify.rpc import quantity

BLOCKHASH_REACH = 256


def verify_panel(evidence: Evidence) -> str:
    """Every panel is the one that weights and entropy decide, and nobody with an interest or an earlier seat sat."""
    epoch_length = evidence.rpc.read_uint(evidence.manifest.contract, "epochLength")
    require(epoch_length > 0, "the contract's epochs have no blocks")
    draws = unseen = 0
    for batch, replay, round_ in evidence.rounds():
        where = f"{replay.name}, round {round_.number}"
        draw = round_.drawn or round_.end
        require(bool(round_.requests) and draw is not None, f"{where}: no panel was drawn")
        assert draw is not None
        _check_requests(evidence, round_, epoch_length, where)
        _check_moment(round_.requests[-1], draw, epoch_length, where)
        unseen += not _check_draw(evidence, batch, round_, draw, epoch_length, where)
        draws += 1
    if unseen:
        evidence.notes.append(
            f"The node no longer has the entropy block of {unseen} of {draws} draws: "
            "there the entropy is taken from the chain's Drawn event."
        )
    return f"{draws} draws give the panels that sat"


def _check_requests(evidence: Evidence, round_: Round, epoch_length: int, where: str) -> None:
    """Each request asks for the policy's panel and entropy block, and again only where the draw could not be made."""
    policy, seats = evidence.policy, evidence.policy.panel_sizes[round_.number : round_.number + 1]
    for number, request in enumerate(round_.requests):
        asked = request["seats"]
        require((asked,) == seats, f"{where}: {asked} seats were asked for")
        expected = entropy_block(request.at.block, policy.draw_delay, epoch_length)
        block = request["entropyBlock"]
        require(block == expected, f"{where}: the entropy block is {block}, not {expected}")
        windows = request["revealDeadline"] - request["commitDeadline"]
        require(windows == policy.reveal_window, f"{where}: the windows are not the policy's")
        if number:
            missed = _was_missed(evidence, round_.requests[number - 1], request, epoch_length)
            require(missed, f"{where}: new entropy was asked for while the draw could still be made")


def _was_missed(evidence: Evidence, before: Event, again: Event, epoch_length: int) -> bool:
    """Tell whether the draw of an earlier request could no longer be made when it was asked for again."""
    block, now = before["entropyBlock"], again.at.block
    if now <= block:
        return False
    if now > block + BLOCKHASH_REACH or now // epoch_length != block // epoch_length:
        return True
    header = evidence.rpc.block(now)
    return header is None or quantity(header.get("timestamp")) > before["commitDeadline"]


def _check_moment(request: Event, draw: Event, epoch_length: int, where: str) -> None:
    block, epoch = request["entropyBlock"], request["entropyBlock"] // epoch_length
    named = draw.values.get("epoch", epoch)
    require(named == epoch, f"{where}: the draw names another epoch than its entropy block's")
    in_time = block < draw.at.block <= block + BLOCKHASH_REACH and draw.at.block // epoch_length == epoch
    require(in_time, f"{where}: the draw was made outside its time")


def _check_draw(
    evidence: Evidence, batch: BatchFile, round_: Round, draw: Event, epoch_length: int, where: str
) -> bool:
    """Draw again; tells whether the node still has the entropy block."""
    request = round_.requests[-1]
    block_hash = evidence.rpc.block_hash(request["entropyBlock"])
    known = block_hash is not None and len(block_hash) == 32
    entropy = draw_entropy(block_hash, batch.batch_id, round_.number) if known and block_hash else None
    told = draw.values.get("entropy")
    if entropy is not None and told is not None:
        require(entropy == told, f"{where}: the entropy does not follow from the block's hash")
    entropy = entropy or told
    if entropy is None:
        return False  # unseated, and its entropy forgotten
    epoch = request["entropyBlock"] // epoch_length
    panel = _panel(evidence, batch, round_, entropy, epoch * epoch_length - 1)
    if round_.drawn is None:
        few = len(panel) < evidence.policy.quorum
        require(few, f"{where}: the round was given up although {len(panel)} reviewers could be drawn")
    else:
        require(panel == round_.panel, f"{where}: the weights and the entropy decide another panel")
        require(len(panel) >= evidence.policy.quorum, f"{where}: {len(panel)} reviewers sat, fewer than the quorum")
    return known


def _panel(evidence: Evidence, batch: BatchFile, round_: Round, entropy: bytes, block: int) -> Sequence[str]:
    """Return who is drawn with the weights at the end of a block."""
    reviewers, weights = evidence.ledger.weights.at_end_of(block)
    dataset = evidence.manifest.dataset
    barred = excluded_accounts(batch.key.contributor, dataset.owner, dataset.detector, round_.excluded)
    excluded = {place for place, reviewer in enumerate(reviewers) if reviewer in barred}
    seats = round_.requests[-1]["seats"]
    return tuple(reviewers[place] for place in draw_panel(weights, excluded, entropy, seats))
