"""How good the scores are: on the whole, at each airport, and against each other."""

import numpy as np
import pandas as pd
from scipy.stats import rankdata

BIG_AIRPORT = 2000  # held-out departures


def summary(late: np.ndarray, score: np.ndarray) -> dict:
    """AUC, log loss, Brier score and accuracy at one half."""
    return {
        "n": len(late),
        "auc": _auc_parts(late, score)[0],
        "log_loss": float(_log_loss(late, score).mean()),
        "brier": float(((score - late) ** 2).mean()),
        "accuracy": float(((score >= 0.5) == late).mean()),
    }


def by_airport(table: pd.DataFrame, column: str) -> dict:
    """The same for the departures of each big airport, busiest first."""
    counts = table["origin"].value_counts()
    return {
        airport: summary(*_columns(table[table["origin"] == airport], column))
        for airport in counts[counts >= BIG_AIRPORT].index
    }


def difference(table: pd.DataFrame, challenger: str, champion: str) -> dict:
    """Challenger minus champion on the same flights, with the 95 % interval of each difference."""
    late, ours = _columns(table, challenger)
    theirs = table[champion].to_numpy(dtype=float)
    loss = _log_loss(late, ours) - _log_loss(late, theirs)
    return {
        "n": len(late),
        "auc": _interval(*_paired_auc(late, ours, theirs)),
        "log_loss": _interval(loss.mean(), loss.std(ddof=1) / np.sqrt(len(loss))),
    }


def _columns(table: pd.DataFrame, column: str) -> tuple[np.ndarray, np.ndarray]:
    return table["late"].to_numpy(dtype=float), table[column].to_numpy(dtype=float)


def _interval(estimate: float, error: float) -> dict:
    return {"difference": float(estimate), "low": float(estimate - 1.96 * error), "high": float(estimate + 1.96 * error)}


def _log_loss(late: np.ndarray, score: np.ndarray) -> np.ndarray:
    return -np.where(late == 1, np.log(score), np.log1p(-score))


def _auc_parts(late: np.ndarray, score: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """AUC and its structural components (DeLong 1988, by mid-ranks as Sun & Xu 2014)."""
    positive, negative = score[late == 1], score[late == 0]
    m, n = len(positive), len(negative)
    ranks = rankdata(np.concatenate([positive, negative]))
    v10 = (ranks[:m] - rankdata(positive)) / n
    v01 = 1 - (ranks[m:] - rankdata(negative)) / m
    return float(v10.mean()), v10, v01


def _paired_auc(late: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> tuple[float, float]:
    """The difference of two AUCs on the same rows and its standard error (DeLong 1988)."""
    a, a10, a01 = _auc_parts(late, ours)
    b, b10, b01 = _auc_parts(late, theirs)
    return a - b, float(np.sqrt((a10 - b10).var(ddof=1) / len(a10) + (a01 - b01).var(ddof=1) / len(a01)))
