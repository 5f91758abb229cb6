"""The tables of evaluation-speed.bench: `python flights.py <out>`.

`<out>/flights.parquet` has three million real flights scored by the example's models: id, late, origin, candidate,
champion. `<out>/ten-million.parquet` has ten million made-up rows: id, late, candidate, champion.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

EXAMPLE = Path(__file__).resolve().parents[3] / "examples/flight-delays"
sys.path.insert(0, str(EXAMPLE / "train"))
from fetch import fetch  # noqa: E402
from flights import load  # noqa: E402
from terms import flat_index, indices, term_name  # noqa: E402


def main() -> None:
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    flights = load(fetch(out))
    table = flights[["id", "late", "origin"]].copy()
    for name in ("candidate", "champion"):
        table[name] = score(EXAMPLE / "models" / name, flights)
    table.to_parquet(out / "flights.parquet", index=False, row_group_size=250_000)
    made_up(10_000_000).to_parquet(out / "ten-million.parquet", index=False, row_group_size=250_000)


def made_up(rows: int) -> pd.DataFrame:
    """One row in five is positive; both models see it through the same noise, the champion through more."""
    random = np.random.default_rng(0)
    late = (random.random(rows) < 0.2).astype("int8")
    seen = random.normal(size=rows) + late
    other = 0.8 * seen + 0.6 * random.normal(size=rows)
    return pd.DataFrame(
        {"id": np.arange(rows), "late": late, "candidate": squashed(seen - 1), "champion": squashed(other - 1)}
    )


def squashed(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def score(folder: Path, flights: pd.DataFrame) -> np.ndarray:
    """What the model's server answers, as double precision (safetensors: a length, a JSON header, the tensors)."""
    description = json.loads((folder / "model.json").read_text())
    data = (folder / "model.safetensors").read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    body = data[8 + length :]
    tables = {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], dtype="<f4")
        for name, entry in header.items()
        if name != "__metadata__"
    }
    at = indices(flights, description["features"])
    logit = np.full(len(flights), float(tables["bias"][0]))
    for term in description["terms"]:
        logit += tables[term_name(term)][flat_index(term, at, description["features"])]
    return squashed(logit)


main()
