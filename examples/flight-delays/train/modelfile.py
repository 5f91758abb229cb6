"""Model folders: written once by training, read back for scoring."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file, save

from terms import flat_index, indices, term_name


def write(folder: Path, tables: dict[str, np.ndarray], description: dict) -> None:
    """Weights as model.safetensors, all else as model.json."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = save({name: np.ascontiguousarray(table) for name, table in tables.items()})
    (folder / "model.safetensors").write_bytes(weights)
    write_json(folder / "model.json", description)


def write_json(file: Path, data: dict) -> None:
    """JSON as people read it, and the same bytes every time."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(data, indent=2) + "\n")


def score(folder: Path, flights: pd.DataFrame) -> np.ndarray:
    """Scores flights from what is in the folder: what a server does, and what the metrics are of."""
    description = json.loads((folder / "model.json").read_text())
    tables = load_file(folder / "model.safetensors")
    features = description["features"]
    at = indices(flights, features)
    logit = np.full(len(flights), float(tables["bias"][0]))
    for term in description["terms"]:
        logit += tables[term_name(term)].ravel()[flat_index(term, at, features)].astype(np.float64)
    return 1 / (1 + np.exp(-logit))
