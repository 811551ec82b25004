"""Trigger transplant: paste what suspicious items share on other images, and count how many change to their class.

The same is done with what honest contributors' items of the class share. A trigger moves a network that was trained on
it; a camera, a style or plain wrong labels do not.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage

from sebrus.detect.calibrate import conformal
from sebrus.detect.deep.look import Look
from sebrus.detect.deep.roster import Roster
from sebrus.detect.deep.standing import Cell, Floats, Ints
from sebrus.detect.deep.training import said

Images = NDArray[np.float32]

HOSTS = 100
DONORS = 30
MOST_COMMON = 600
SCALES = (1.0, 2.0)
STILL = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Transplant:
    """`flip_rate`: the share of `hosts` images of other classes that turn into class number `label` under the paste
    that stands out most from honest groups' mean; `honest_rates`, those of honest contributors' groups under the same
    paste; `p_value`, how far it stands out, ranked among how far each honest group does under its own most outstanding
    paste; `pattern` float32 [h, w, c], what was pasted, in grey levels."""

    contributor: int
    label: int
    flip_rate: float
    honest_rates: tuple[float, ...]
    p_value: float
    hosts: int
    pattern: Images


def transplant(seen: Look, roster: Roster, cell: Cell, rows: Ints, barred: Ints, seed: int) -> Transplant | None:
    """Transplant what `rows` of a cell share; None when there are no hosts or fewer than two rows.

    Hosts are trusted items where there are any, else items of contributors not `barred` (those accused).
    """
    draw = np.random.default_rng([seed, cell.source, cell.label])
    values = seen.held.values.permute(0, 2, 3, 1).cpu().numpy()
    fair = ~np.isin(roster.source, [*barred.tolist(), cell.source])
    hosts = np.flatnonzero((roster.trusted if roster.trusted.any() else fair) & (roster.labels != cell.label))
    same = np.flatnonzero(fair & (roster.labels == cell.label))
    if len(rows) < 2 or not len(hosts) or len(same) < 2:
        return None
    hosts = np.sort(draw.permutation(hosts)[:HOSTS])
    same = np.sort(draw.permutation(same)[:MOST_COMMON])
    base = values[hosts].astype(np.float32)
    before = _classes(seen, base)
    base = base[before != cell.label]
    if not len(base):
        return None
    everyone = values[:: max(1, len(values) // 500)].astype(np.float32).std(axis=0)
    common = values[same].astype(np.float32)
    mine = _rates(seen, base, values[rows].astype(np.float32), common, everyone, cell.label)
    others = [c for c in roster.cells if c.label == cell.label and c.source != cell.source and c.source not in barred]
    honest = []
    for place in draw.permutation(len(others))[:DONORS]:
        group = draw.permutation(others[place].rows)[: len(rows)]
        if len(group) >= 2:
            honest.append(_rates(seen, base, values[group].astype(np.float32), common, everyone, cell.label)[0])
    rates = np.array(honest).reshape(len(honest), len(mine[0]))
    usual = rates.mean(axis=0) if len(honest) else np.zeros(len(mine[0]))
    best = int((mine[0] - usual).argmax())
    p = float(conformal([float((mine[0] - usual).max())], (rates - usual).max(axis=1))[0])
    shown = tuple(float(one) for one in rates[:, best])
    return Transplant(cell.source, cell.label, float(mine[0][best]), shown, p, len(base), mine[1][best])


def _rates(
    seen: Look, base: Images, group: Images, common: Images, everyone: Images, label: int
) -> tuple[Floats, list[Images]]:
    """The flip rate of every paste, and the pattern behind each.

    Added: the mean residual, whole and in detail, as it is and doubled. Laid over: the pixels that hardly vary.
    """
    whole = group.mean(axis=0) - common.mean(axis=0)
    fine = whole - ndimage.uniform_filter(whole, size=(3, 3, 1), mode="nearest")
    patterns = [pattern for pattern in (whole, fine) for _ in SCALES]
    pastes = [base + scale * pattern for pattern in (whole, fine) for scale in SCALES]
    still = (group.std(axis=0) < STILL * everyone) & (everyone > STILL * everyone.mean())
    mark = np.where(still, group.mean(axis=0), 0.0).astype(np.float32)
    patterns.append(mark)
    pastes.append(np.where(still, mark, base))
    rates = [float((_classes(seen, np.clip(paste, 0.0, 255.0)) == label).mean()) for paste in pastes]
    return np.array(rates), patterns


def _classes(seen: Look, images: Images) -> Ints:
    wide = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(seen.held.values.device)
    return np.asarray(said(seen.whole.network, seen.held.standard(wide)).argmax(axis=1))


__all__ = ["Transplant", "transplant"]
