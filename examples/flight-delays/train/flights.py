"""The flights as a table: what is predicted, when, and which rows may be learnt from.

`date` is the moment the aircraft really left, local time at the origin (its minutes spread over
the whole hour, as timetables do not). So a score is one made at departure, when date, route and
distance are known and the arrival is not. `delay` is the outcome; it makes the label, nothing else.
"""

from pathlib import Path

import pandas as pd

LATE_MINUTES = 15
HOLDOUT_FROM = pd.Timestamp("2001-06-18")


def load(file: Path) -> pd.DataFrame:
    """All flights in order of time. `id` is the row's number in the source file, so it never changes."""
    table = pd.read_parquet(file)
    table.insert(0, "id", range(len(table)))
    table["late"] = is_late(table["delay"])
    return table.sort_values(["date", "id"], kind="stable", ignore_index=True)


def is_late(delay: pd.Series) -> pd.Series:
    """The label: 1 when the flight arrived `LATE_MINUTES` late or later. `delay` is minutes late."""
    return (delay >= LATE_MINUTES).astype("int8")


def window(table: pd.DataFrame, start: str, end: str) -> pd.DataFrame:
    """The flights from `start` up to, but not on, `end`; never one that is held out."""
    end_at = min(pd.Timestamp(end), HOLDOUT_FROM)
    return table[(table["date"] >= pd.Timestamp(start)) & (table["date"] < end_at)]


def holdout(table: pd.DataFrame) -> pd.DataFrame:
    """The latest flights, which no model has seen."""
    return table[table["date"] >= HOLDOUT_FROM].reset_index(drop=True)
