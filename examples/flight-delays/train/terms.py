"""The architecture: a logistic regression over look-up tables.

Every feature is an index. A term is a table over one or two features, and
    score = sigmoid(bias + sum over terms of table[index of first feature, index of second, ...])
so whoever can read a table and add numbers can score a flight, in any language.
"""

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.linear_model import LogisticRegression

OTHER = "<other>"
DISTANCE_EDGES = [250, 400, 600, 800, 1000, 1300, 1700, 2200]


def describe_features(flights: pd.DataFrame, airports: int) -> dict:
    """The features, with the vocabulary of the `airports` busiest origins of these flights."""
    busiest = flights["origin"].value_counts().head(airports).index
    vocabulary = [OTHER, *sorted(busiest)]
    return {
        "minute": {"kind": "clock", "column": "date", "unit_minutes": 1, "size": 60},
        "hour": {"kind": "clock", "column": "date", "unit_minutes": 60, "size": 24},
        "quarter_hour": {"kind": "clock", "column": "date", "unit_minutes": 15, "size": 96},
        "day_of_week": {"kind": "weekday", "column": "date", "monday": 0, "size": 7},
        "distance": {"kind": "bins", "column": "distance", "edges_below": DISTANCE_EDGES, "size": 9},
        "origin": {"kind": "vocabulary", "column": "origin", "values": vocabulary, "size": len(vocabulary)},
        "destination": {"kind": "vocabulary", "column": "destination", "values": vocabulary, "size": len(vocabulary)},
    }


def indices(flights: pd.DataFrame, features: dict) -> dict[str, np.ndarray]:
    """Each feature's index for each flight; an airport out of the vocabulary is index 0."""
    return {name: _index(flights[feature["column"]], feature) for name, feature in features.items()}


def _index(column: pd.Series, feature: dict) -> np.ndarray:
    match feature["kind"]:
        case "clock":
            minutes = column.dt.hour.to_numpy() * 60 + column.dt.minute.to_numpy()
            return minutes // feature["unit_minutes"] % feature["size"]
        case "weekday":
            return column.dt.day_of_week.to_numpy()
        case "bins":
            return np.searchsorted(feature["edges_below"], column.to_numpy(), side="left")
        case "vocabulary":
            places = {code: place for place, code in enumerate(feature["values"])}
            return column.map(places).fillna(0).to_numpy(dtype=np.int64)
    raise ValueError(f"unknown kind of feature: {feature['kind']}")


def flat_index(term: list[str], at: dict[str, np.ndarray], features: dict) -> np.ndarray:
    """The place in a term's table, row-major."""
    place = np.zeros(len(at[term[0]]), dtype=np.int64)
    for name in term:
        place = place * features[name]["size"] + at[name]
    return place


def fit(flights: pd.DataFrame, features: dict, terms: list[list[str]], inverse_penalty: float) -> dict[str, np.ndarray]:
    """Fits all tables together, with an L2 penalty; returns them as float32, by name."""
    at = indices(flights, features)
    sizes = [int(np.prod([features[name]["size"] for name in term])) for term in terms]
    starts = np.cumsum([0, *sizes])
    columns = np.stack([flat_index(term, at, features) + start for term, start in zip(terms, starts)], axis=1)
    rows = len(flights)
    matrix = sparse.csr_matrix(
        (np.ones(columns.size, dtype=np.float32), columns.ravel().astype(np.int32),
         np.arange(rows + 1, dtype=np.int32) * len(terms)),
        shape=(rows, int(starts[-1])),
    )
    model = LogisticRegression(C=inverse_penalty, tol=1e-4, max_iter=500, random_state=0)
    model.fit(matrix, flights["late"].to_numpy())
    weights = model.coef_[0].astype(np.float32)
    tables = {"bias": model.intercept_.astype(np.float32)}
    for term, start, size in zip(terms, starts, sizes):
        shape = [features[name]["size"] for name in term]
        tables[term_name(term)] = weights[start:start + size].reshape(shape)
    return tables


def term_name(term: list[str]) -> str:
    """The name of a term's table in model.safetensors."""
    return ".".join(term)
