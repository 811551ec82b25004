"""The page stands alone, shows pictures, bounds its size and trusts no name."""

import re

import numpy as np

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_the_page_needs_nothing_else(command, archive, tmp_path):
    command(archive, "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "default-src 'none'" in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")
    assert all(source.startswith("data:image/png;base64,") for source in re.findall(r'src="([^"]*)"', page))
    assert "Mean residual of" in page and "most alike" in page and "mallory" in page
    assert "prefers-color-scheme" in page or "light-dark(" in page
    assert "poison-free" not in page


def test_names_cannot_script(command, tmp_path, digits):
    names = np.where(digits["contributor"] == "mallory", EVIL, digits["contributor"])
    labels = np.array([f"{EVIL}{label}" for label in digits["y"]])
    ids = np.array([f"{EVIL}{i}" for i in range(700)])
    np.savez(tmp_path / "evil<b>.npz", x=digits["x"], y=labels, contributor=names, id=ids)
    result = command(tmp_path / "evil<b>.npz", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "out" / "report.html").read_text()
    assert EVIL not in page and "<script" not in page and "<img src=x" not in page and "evil<b>" not in page
    assert "&lt;script&gt;" in page


def test_what_is_left_out_is_said(command, tmp_path, digits):
    reshuffled = digits["y"].copy()
    flipped = np.flatnonzero(digits["contributor"] == "c1")
    reshuffled[flipped] = (reshuffled[flipped] + 5) % 10
    np.savez(tmp_path / "many.npz", **{**digits, "y": reshuffled})
    command(tmp_path / "many.npz", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "more flagged items are left out here; all are in items.csv" in page
    assert len(page) < 2_000_000


def test_a_calm_page_says_what_was_tested(command, tmp_path):
    np.savez(tmp_path / "calm.npz", x=np.zeros((10, 8, 8, 3), np.uint8), y=np.arange(10) % 2)
    command(tmp_path / "calm.npz", "--out", tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text()
    assert "Nothing was flagged by the tests below." in page and "What was tested" in page
