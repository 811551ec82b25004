"""Two datasets that live on the embedded chain, small and with everything that can happen to a batch in them.

The rich one has a batch that escalates and is appealed, one that nobody screens, one whose first screening is never
opened, one whose larger panel nobody can sit in, one that ends void because all gold is false, and one that is still
held. The poor one has a batch whose doubtful item no larger panel can be paid for, until somebody appeals, and one that
nobody screens and that stays with the small panel.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from verify_life import DOCUMENT, MOST, POLICY, REVIEWERS, Gold, Life, Stage, is_good, picture

from sebrus import protocol as p
from sebrus.chain import calls
from sebrus.chain.embedded import EmbeddedChain, free_port
from sebrus.export import ReleaseInput, ReleaseMetadata, write_release


def appealed(stage: Stage) -> Life:
    """300 items: a seat is struck, what is doubtful escalates, one stays silent, and an appeal overturns an item."""
    life = Life(stage, range(300))
    life.screen(Gold(20, links=(REVIEWERS[16], stage.relayer.address)), p.pack_bits(i < 10 for i in range(300)))
    life.vote(lambda seat, number: is_good(number) != (seat == 2 or (seat == 1 and number in (50, 51, 52))))
    assert not life.rounds[-1].counted & 4 and life.record.status.items > 3
    life.screen(Gold(6))
    life.vote(silent=(3,), absent=(4,))
    life.appeal((1, 2))
    life.appeal((3,))
    stage.wait()
    life.send(calls.start_appeal(life.key, life.record, life.question))
    life.screen(Gold(5))
    life.vote(lambda _, number: is_good(number) and number != 2)
    life.finalize()
    return life


def unscreened(stage: Stage) -> Life:
    """20 items that the detector never screens: the larger panel looks at once, after an entropy block was missed."""
    life = Life(stage, range(300, 320))
    stage.wait()
    life.send(calls.skip_screening(life.key, life.record))
    stage.chain.mine(300)
    life.send(calls.request_draw(life.key, life.record))
    life.draw()
    life.vote(lambda seat, number: is_good(number) or (seat == 0 and number == 301), absent=(2,))
    stage.wait()
    life.finalize()
    return life


def unopened(stage: Stage) -> Life:
    """5 items whose first screening is never opened: the second round decides."""
    life = Life(stage, range(320, 325))
    life.screen(Gold(4, opened=False), [1])
    life.vote()
    life.screen(Gold(4), [2])
    life.vote()
    stage.wait()
    life.finalize()
    return life


def unseated(stage: Stage) -> Life:
    """4 items: one is doubtful, but everybody who is left is linked to the contributor."""
    life = Life(stage, range(330, 334))
    life.screen(Gold(4), [0])
    life.vote(lambda seat, number: is_good(number) and (seat > 0 or number != 330))
    life.screen(Gold(2, links=tuple(one for one in REVIEWERS if one not in life.panel)))
    life.finalize()
    return life


def void(stage: Stage) -> Life:
    """6 items among false gold: no panel passes, so nobody can say who is right."""
    life = Life(stage, range(340, 346))
    for _ in range(3):
        life.screen(Gold(6, false=True), [0])
        life.vote()
    life.finalize()
    return life


def held(stage: Stage) -> Life:
    """3 items that are decided, and under appeal when the release is made."""
    life = Life(stage, range(350, 353))
    life.screen(Gold(4), [0])
    life.vote()
    life.appeal((1,))
    return life


# ---------------------------------------------------------------------- the poor dataset


def endow(stage: Stage, items: int) -> None:
    """Give the poor dataset exactly what a batch reserves."""
    dataset_id = stage.poor.dataset_id
    missing = p.batch_reserve(POLICY, items) - stage.contract.call("bountyOf", dataset_id)
    stage.send("fundDataset", dataset_id, sender=stage.owner, gwei=missing)


def unaffordable(stage: Stage) -> Life:
    """4 items: one is doubtful and there is no money for more; an appeal pays, but everybody who is left is linked."""
    endow(stage, 4)
    life = Life(stage, range(353, 357), stage.poor)
    life.screen(Gold(4), [0])
    life.vote(lambda seat, number: is_good(number) and (seat > 0 or number != 353))
    assert life.record.phase == p.Phase.DECIDED
    life.appeal((0,))
    stage.wait()
    life.send(calls.start_appeal(life.key, life.record, life.question))
    life.screen(Gold(2, links=tuple(one for one in REVIEWERS if one not in life.panel)))
    life.finalize()
    return life


def cheap(stage: Stage) -> Life:
    """2 items that nobody screens: there is no money for the larger panel, so the small one looks."""
    endow(stage, 2)
    life = Life(stage, range(357, 359), stage.poor)
    stage.wait()
    life.send(calls.skip_screening(life.key, life.record))
    assert life.record.round == 0
    life.draw()
    life.vote()
    stage.wait()
    life.finalize()
    return life


# ---------------------------------------------------------------------- all of it


def publish(stage: Stage, dataset: p.DatasetParams, lives: list[Life], directory: Path) -> Path:
    """Write the first release of a dataset and put it on the chain."""
    metadata = ReleaseMetadata("Pets", ("cat", "dog"), document=DOCUMENT)
    batches = tuple(life.released() for life in lives if life.dataset is dataset and life.settled and life.decision)
    named = (stage.domain.chain_id, stage.domain.contract, dataset, metadata, 1, batches, stage.deployment.block)
    images = {hashlib.sha256(picture(n)).digest(): picture(n) for n in range(MOST)}
    written = write_release(ReleaseInput(*named), images.__getitem__, directory)
    published = (dataset.dataset_id, written.manifest_root, written.item_count, written.manifest_hash)
    stage.send("publishRelease", *published, sender=stage.owner)
    return written.directory


@contextmanager
def live(home: Path) -> Iterator[tuple[Stage, dict[str, Life], Path, Path]]:
    """Live all of it; yields the stage, the batches by name, and the releases of the rich and the poor dataset."""
    chain = EmbeddedChain(home, free_port())
    chain.start()
    try:
        stage = Stage(home, chain)
        stage.open()
        lives = {}
        for act in (appealed, unscreened, unopened, unseated, void, held, unaffordable, cheap):
            lives[act.__name__] = act(stage)
            stage.next_epoch()
        rich = publish(stage, stage.dataset, list(lives.values()), home / "release")
        poor = publish(stage, stage.poor, list(lives.values()), home / "poor")
        yield stage, lives, rich, poor
        stage.contract.close()
    finally:
        chain.kill()
