"""The examples of the docstrings are right."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import sebrus.truth


@pytest.mark.parametrize("name", [found.name for found in pkgutil.iter_modules(sebrus.truth.__path__)])
def test_examples(name):
    assert doctest.testmod(importlib.import_module(f"sebrus.truth.{name}")).failed == 0
