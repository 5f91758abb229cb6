"""Tests for pytest --junitxml: one of each end that a test can come to."""

import pytest


def test_passes():
    assert 1 + 1 == 2


def test_fails():
    assert "ATL" == "JFK", "another <airport> & more"


@pytest.fixture
def broken():
    raise RuntimeError("no database")


def test_errors(broken):
    pass


@pytest.mark.skip(reason="not today")
def test_skipped():
    pass
