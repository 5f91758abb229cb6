"""Writes drift.json: measures of drift by SciPy, on tables that fixed seeds make. Needs numpy and scipy 1.17."""

import json
from pathlib import Path

import numpy as np
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2_contingency, ks_2samp, kstwobign, wasserstein_distance

rng = np.random.default_rng(20261125)
cases = []
for n, m, ties in [(1, 1, 0), (5, 7, 0), (40, 25, 1), (300, 300, 0), (500, 90, 2), (64, 1000, 1)]:
    a, b = rng.normal(size=n), rng.normal(0.4, 1.3, size=m)
    if ties:
        a, b = np.round(a, 3 - ties), np.round(b, 3 - ties)
    edges = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
    cells = lambda x: np.bincount(np.searchsorted(edges, x, side="right"), minlength=6).tolist()
    reference, current = cells(a), cells(b)
    table = np.array([reference, current])
    table = table[:, table.sum(axis=0) > 0]
    chi2 = chi2_contingency(table, correction=False)
    ks = ks_2samp(a, b, method="asymp").statistic
    cases.append(
        {
            "a": a.tolist(),
            "b": b.tolist(),
            "reference": reference,
            "current": current,
            "wasserstein": wasserstein_distance(a, b),
            "ks": ks,
            "ks_limit_p": kstwobign.sf(ks * np.sqrt(n * m / (n + m))),
            "js_base_2": jensenshannon(reference, current, base=2),
            "chi2": chi2.statistic,
            "chi2_df": chi2.dof,
            "chi2_p": chi2.pvalue,
        }
    )
# Weights: SciPy's Wasserstein distance takes them; the table is of as many rows as they count for (Kish 1965).
rng = np.random.default_rng(20261126)
weighted = []
for n, m, ties in [(5, 7, 0), (40, 25, 1), (300, 500, 0), (90, 64, 2)]:
    a, b = rng.normal(size=n), rng.normal(0.4, 1.3, size=m)
    if ties:
        a, b = np.round(a, 3 - ties), np.round(b, 3 - ties)
    u, v = rng.exponential(size=n), rng.exponential(size=m)
    u[0] = 0
    cells = lambda x, w: np.bincount(np.searchsorted([-0.5, 0.5], x, side="right"), w, 3) * w.sum() / (w**2).sum()
    table = np.array([cells(a, u), cells(b, v)])
    weighted.append(
        {
            "a": a.tolist(),
            "b": b.tolist(),
            "u": u.tolist(),
            "v": v.tolist(),
            "wasserstein": wasserstein_distance(a, b, u, v),
            "js_base_2": jensenshannon(*table, base=2),
            "chi2": chi2_contingency(table[:, table.sum(axis=0) > 0], correction=False).statistic,
        }
    )
docs = {"js": [jensenshannon([0.5, 0.5], [0.9, 0.1]), jensenshannon([0.5, 0.5], [0.9, 0.1], base=2)]}
Path(__file__).with_name("drift.json").write_text(json.dumps({"docs": docs, "cases": cases, "weighted": weighted}) + "\n")
