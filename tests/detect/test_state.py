"""A state of the pool is what a recomputation would give, is saved and read, and screens what arrives."""

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sebrus.detect import DetectError
from sebrus.detect.online import Record, share
from sebrus.detect.rows import Filed
from sebrus.detect.saving import NAME, load, save
from sebrus.detect.state import State
from sebrus.detect.stream import screen_stream


def begun(crowd, without="c00", trusted=True):
    others = crowd.contributors != without
    rest = crowd.images[others], crowd.labels[others], crowd.contributors[others]
    return State.begin(*rest, crowd.trusted if trusted else None)


def sent(state, crowd, name):
    rows = crowd.of(name)
    return screen_stream(state, crowd.images[rows], crowd.labels[rows], contributor=name).findings


def same(a, b):
    """The same items give the same state, sums to rounding."""
    assert np.array_equal(np.sort(a.items.keys), np.sort(b.items.keys))
    assert np.allclose(a.gram, b.gram, rtol=1e-6, atol=1e-6 * np.abs(b.gram).max())
    assert np.allclose(a.by_class, b.by_class, rtol=1e-6, atol=1e-6)
    for view, sums in b.sums.items():
        size = max(1e-9, float(np.abs(sums.own).max()))
        ours, theirs = (
            {(one.names[owner], label): at for at, (owner, label) in enumerate(zip(one.owner, one.label, strict=True))}
            for one in (a, b)
        )
        assert ours.keys() == theirs.keys()
        at = [ours[group] for group in theirs]
        assert np.array_equal(a.sums[view].n[at], sums.n)
        assert np.allclose(a.sums[view].own[at], sums.own, rtol=0, atol=1e-6 * size)
        assert np.allclose(a.sums[view].length[at], sums.length, rtol=1e-6, atol=1e-6)
        assert np.allclose(a.sums[view].rest, sums.rest, rtol=0, atol=1e-6 * max(size, float(np.abs(sums.rest).max())))


def alike(ours, theirs):
    assert [item.flagged for item in ours.items] == [item.flagged for item in theirs.items]
    assert np.allclose([item.p_value for item in ours.items], [item.p_value for item in theirs.items], rtol=1e-3)
    a, b = ours.contributors[0], theirs.contributors[0]
    assert (a.flagged, a.test, a.min_bad_items) == (b.flagged, b.test, b.min_bad_items)
    assert a.p_value == pytest.approx(b.p_value, rel=1e-3)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(0, 2**31))
def test_items_in_any_order_and_parts_give_the_same_state(make_crowd, number):
    crowd, rng = make_crowd(), np.random.default_rng(number)
    crowd.images[crowd.of("c01")[1]] = crowd.images[crowd.of("c01")[0]]
    crowd.labels[crowd.of("c01")[1]] = crowd.labels[crowd.of("c01")[0]]
    first = begun(crowd, "c00")
    blank = first.without(first.items.who >= 0)
    assert len(blank.owner) == 0 and len(blank.items.labels) == len(crowd.trusted[1])
    order = rng.permutation(np.flatnonzero(crowd.contributors != "c00"))
    parts = np.split(order, np.sort(rng.integers(0, len(order), 3)))
    again = blank
    for part in parts:
        again = again.plus(crowd.images[part], crowd.labels[part], crowd.contributors[part])
    same(again, first)
    crowd.clean_label_attacker("c00")
    alike(sent(again, crowd, "c00"), sent(first, crowd, "c00"))


def test_what_leaves_leaves_no_trace(crowd):
    with_all = begun(crowd)
    gone = with_all.items.who == with_all.names.index("c07")
    left = np.isin(crowd.contributors, ["c00", "c07"])
    rest = with_all.without(with_all.items.who >= 0)
    rest = rest.plus(crowd.images[~left], crowd.labels[~left], crowd.contributors[~left])
    same(with_all.without(gone), rest)
    alike(sent(with_all.without(gone), crowd, "c00"), sent(rest, crowd, "c00"))


def test_items_are_found_again_by_their_keys(crowd):
    state = begun(crowd)
    rows = crowd.of("c00")[:3]
    grown = state.plus(crowd.images[rows], crowd.labels[rows], ["c00"] * 3, keys=["a", "b", "c"])
    assert grown.rows_of(["b", "unknown"]).tolist() == [len(state.items.labels) + 1]
    assert grown.holds(["unknown", "c", "a"]).tolist() == [False, True, True]
    same(grown.without(grown.rows_of(["a", "b", "c"])), state)


def test_a_copy_of_an_image_counts_once_whichever_comes_first(crowd):
    state = begun(crowd)
    image, label = crowd.images[crowd.of("c00")[:1]], crowd.labels[crowd.of("c00")[:1]]
    grown = state.plus(np.repeat(image, 5, axis=0), np.repeat(label, 5), ["c00"] * 5)
    assert grown.items.counts[-5:].sum() == 1
    assert grown.without([len(grown.items.labels) - 5]).items.counts[-4:].sum() == 1


@pytest.mark.parametrize("attack", ["patch_attacker", "clean_label_attacker", "label_flipper"])
def test_an_attacking_batch_is_found(crowd, attack):
    getattr(crowd, attack)("c00")
    found = sent(begun(crowd), crowd, "c00")
    assert found.contributors[0].flagged
    assert found.flagged[crowd.bad[crowd.of("c00")]].mean() > 0.9


def test_a_contributors_own_earlier_items_do_not_vouch_for_its_batch(crowd):
    rows = crowd.of("c00")
    crowd.labels[rows] = (crowd.labels[rows] + 1) % 10
    state = begun(crowd).plus(crowd.images[rows], crowd.labels[rows], crowd.contributors[rows])
    again = screen_stream(state, crowd.images[rows], crowd.labels[rows], contributor="c00").findings
    assert again.flagged.mean() > 0.9
    assert all(state.names[state.items.who[n]] != "c00" for item in again.items for n in item.neighbours)


def test_a_drip_is_found_after_some_batches(crowd):
    crowd.clean_label_attacker("c00", items=24)
    state, rows, accused = begun(crowd), crowd.of("c00"), []
    for part in [np.concatenate([rows[3 * k : 3 * k + 3], rows[24 + 7 * k : 31 + 7 * k]]) for k in range(8)]:
        step = screen_stream(state, crowd.images[part], crowd.labels[part], contributor="c00")
        state = step.state
        accused.append(step.findings.contributors[0].flagged)
    assert not accused[0] and accused[-1]


def test_a_clean_stream_accuses_nobody(crowd):
    early = np.isin(crowd.contributors, ["c00", "c01"])
    state = State.begin(crowd.images[early], crowd.labels[early], crowd.contributors[early], crowd.trusted)
    for name in [f"c{i:02d}" for i in range(2, 12)]:
        for part in np.array_split(crowd.of(name), 2):
            step = screen_stream(state, crowd.images[part], crowd.labels[part], contributor=name)
            state = step.state
            assert not step.findings.contributors[0].flagged
    assert state.record.tests == 20 and state.record.found == 0


def test_clean_streams_are_rarely_accused_over_many_tests():
    assert sum(share(i) for i in range(1, 20_000)) < 1.0
    rng, streams = np.random.default_rng(0), 0
    for _ in range(200):
        record = Record()
        for test, p in enumerate(rng.random(150)):
            record = record.after(f"c{test % 50}", float(p), 0.05)
        streams += record.found > 0
    assert streams <= 200 * 0.05 + 3 * np.sqrt(200 * 0.05 * 0.95)


def test_discoveries_make_the_next_test_easier():
    before = Record().after("honest", 0.5, 0.05)
    assert Record().after("hostile", 1e-9, 0.05).level(0.05) == pytest.approx(2 * before.level(0.05))
    assert Record().after("hostile", 1e-9, 0.05).accused() == {"hostile"}


def test_a_state_is_the_same_when_saved_and_read(crowd, tmp_path):
    state = screen_stream(begun(crowd), crowd.images[:20], crowd.labels[:20], contributor="new").state
    save(state, tmp_path / "a")
    read = load(tmp_path / "a")
    same(read, state)
    assert read.record == state.record and read.names == state.names
    save(read, tmp_path / "b")
    first, second = ({file.name: file.read_bytes() for file in (tmp_path / at).iterdir()} for at in "ab")
    assert first == second and NAME in first
    crowd.patch_attacker("c00")
    ours, theirs = sent(read, crowd, "c00"), sent(state, crowd, "c00")
    assert ours.items == theirs.items


def test_a_batch_is_looked_at_without_reading_the_pool_it_is_held_against(crowd, tmp_path, monkeypatch):
    state = begun(crowd)
    save(state, tmp_path)
    read, get = [], Filed.__getitem__

    def noted(file, rows):
        read.append((file.dtype, len(rows)))
        return get(file, rows)

    monkeypatch.setattr(Filed, "__getitem__", noted)
    monkeypatch.setattr("sebrus.detect.stream.AT_HAND", 60)
    crowd.patch_attacker("c00")
    whole, lying = sent(state, crowd, "c00"), sent(load(tmp_path), crowd, "c00")
    assert whole.items == lying.items and whole.contributors[0].p_value == lying.contributors[0].p_value
    images = sum(count for dtype, count in read if dtype == np.uint8)
    assert 0 < images < len(state.items.labels) / 2, "a sample, and what may be a near-duplicate"


def test_what_a_killed_process_left_half_written_is_removed(crowd, tmp_path):
    old, young = tmp_path / f".{NAME}.1", tmp_path / f".{NAME}.2"
    for left in (old, young):
        left.write_bytes(b"half a state")
    os.utime(old, (0, 0))
    save(begun(crowd), tmp_path)
    assert not old.exists() and young.exists(), "the young one may be in the making"


def test_files_that_are_no_state_are_refused_in_a_sentence(crowd, tmp_path, monkeypatch):
    with pytest.raises(DetectError, match=r"There is no state in .*: build one"):
        load(tmp_path)
    path = save(begun(crowd), tmp_path)
    whole = path.read_bytes()
    for broken in (whole[:1000], whole[:-500], b"", b"not a state", whole[:5000] + bytes(2000) + whole[7000:]):
        path.write_bytes(broken)
        with pytest.raises(DetectError, match="is not a whole state: build it again"):
            load(tmp_path)
    with path.open("wb") as file:
        np.savez(file, something=np.zeros(3))
    with pytest.raises(DetectError, match="is not a whole state"):
        load(tmp_path)
    path.write_bytes(whole)
    monkeypatch.setattr("sebrus.detect.saving.state_version", lambda: "another")
    with pytest.raises(DetectError, match="another version of the detector"):
        load(tmp_path)


def test_the_seed_alone_is_a_state(crowd):
    nothing = crowd.images[:0], crowd.labels[:0], crowd.contributors[:0]
    with pytest.raises(DetectError, match="nothing to learn from"):
        State.begin(*nothing)
    crowd.patch_attacker("c00")
    found = sent(State.begin(*nothing, crowd.trusted), crowd, "c00")
    assert found.contributors[0].flagged


def test_a_first_contributor_without_a_seed_is_compared_with_nobody(crowd):
    crowd.patch_attacker("c00")
    rows = crowd.of("c00")
    state = State.begin(crowd.images[rows[:40]], crowd.labels[rows[:40]], ["c00"] * 40)
    found = screen_stream(state, crowd.images[rows[40:]], crowd.labels[rows[40:]], contributor="c00").findings
    assert not found.contributors[0].flagged
    assert any("nobody to compare" in limit for limit in found.limits)


def test_one_class_is_screened_without_the_label_test(crowd):
    crowd.labels[:] = 4
    found = sent(begun(crowd, trusted=False), crowd, "c00")
    assert not found.contributors[0].flagged and "There is one class: labels were not tested." in found.limits


def test_a_class_may_be_new(crowd):
    seen = crowd.labels != 9
    others = seen & (crowd.contributors != "c00")
    state = State.begin(crowd.images[others], crowd.labels[others], crowd.contributors[others])
    found = sent(state, crowd, "c00")
    assert not found.contributors[0].flagged
    nines = ~seen & (crowd.contributors != "c00")
    grown = state.plus(crowd.images[nines], crowd.labels[nines], crowd.contributors[nines])
    assert 9 in grown.standard.classes and not sent(grown, crowd, "c00").contributors[0].flagged
    crowd.patch_attacker("c00", target=9)
    assert sent(grown, crowd, "c00").contributors[0].flagged


def test_a_state_learned_from_little_is_learned_anew(crowd):
    early = crowd.of("c01")
    state = State.begin(crowd.images[early], crowd.labels[early], crowd.contributors[early])
    assert not state.outgrown
    rest = ~np.isin(crowd.contributors, ["c00", "c01"])
    state = state.plus(crowd.images[rest], crowd.labels[rest], crowd.contributors[rest])
    assert state.outgrown and not state.anew().outgrown
    crowd.clean_label_attacker("c00")
    assert sent(state.anew(), crowd, "c00").contributors[0].flagged


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"images": np.zeros((3, 9, 9), np.uint8)}, "bring them to one size"),
        ({"labels": [1, 2]}, "3 images but 2 labels"),
        ({"contributors": [1, 2, 3]}, "give each as a string"),
        ({"contributors": None}, "give one per image"),
        ({"keys": ["a"]}, "3 images but 1 keys"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_in_a_sentence(crowd, change, sentence):
    given = {"images": crowd.images[:3], "labels": [1, 2, 3], "contributors": ["a", "b", "c"], "keys": None, **change}
    with pytest.raises(DetectError, match=sentence):
        begun(crowd).plus(given["images"], given["labels"], given["contributors"], keys=given["keys"])


def test_whom_the_record_accuses_is_no_reference(crowd):
    crowd.label_flipper("c01")
    state = begun(crowd)
    known = replace(state, record=state.record.after("c01", 0.0, 0.05))
    found = sent(known, crowd, "c00")
    assert not found.contributors[0].flagged
    marked = sent(known, crowd, "c02").items
    assert all(state.names[state.items.who[n]] != "c01" for item in marked for n in item.neighbours)
