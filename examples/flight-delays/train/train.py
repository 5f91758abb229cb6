"""Trains the three models, scores the held-out flights, measures, and writes it all down.

    python train.py [--cache DIR] [--output DIR]
"""

import argparse
import os
from pathlib import Path

# One thread sums in one order, so a rerun gives the same bytes. Set before numpy is loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import pandas as pd  # noqa: E402

import evaluate  # noqa: E402
import report  # noqa: E402
from faults import sign_turned  # noqa: E402
from fetch import PACKAGE, SHA256, fetch  # noqa: E402
from flights import HOLDOUT_FROM, LATE_MINUTES, holdout, load, window  # noqa: E402
from legacy import write_legacy  # noqa: E402
from modelfile import score, write, write_json  # noqa: E402
from recipes import RECIPES, Recipe  # noqa: E402
from terms import describe_features, fit  # noqa: E402


def main() -> None:
    arguments = parse_arguments()
    output: Path = arguments.output
    table = load(fetch(arguments.cache))
    held_out = holdout(table)
    for name, recipe in RECIPES.items():
        print(f"training {name}", flush=True)
        train(table, recipe, output / "models" / name)
        held_out[name] = score(output / "models" / name, held_out).astype("float32")
    write_legacy(window(table, "2001-01-01", "2001-01-15"), output / "models" / "legacy" / "model.joblib")
    report.write_holdout(held_out, output / "data" / "holdout.parquet")
    report.write_fixture(held_out, output / "server" / "test" / "holdout-sample.json")
    measure(held_out, output / "metrics")
    report.write_tables(output)
    print((output / "metrics" / "README.md").read_text())


def train(table: pd.DataFrame, recipe: Recipe, folder: Path) -> None:
    """Fits one recipe on its window and writes the model folder."""
    flights = window(table, recipe.start, recipe.end)
    if recipe.fault:
        flights = sign_turned(flights)
    features = describe_features(flights, recipe.airports)
    used = {name for term in recipe.terms for name in term}
    features = {name: feature for name, feature in features.items() if name in used}
    tables = fit(flights, features, recipe.terms, recipe.inverse_penalty)
    write(folder, tables, {
        "name": folder.name,
        "predicts": f"probability that a flight arrives {LATE_MINUTES} minutes late or later, as known at departure",
        "note": recipe.note,
        "architecture": "logistic regression over look-up tables",
        "formula": "score = 1 / (1 + exp(-(bias[0] + sum of tables[term][index of each of its features])))",
        "features": features,
        "terms": recipe.terms,
        "training": {
            "source": f"flights-3m.parquet of npm package {PACKAGE}",
            "sha256": SHA256,
            "from": recipe.start,
            "until": min(recipe.end, str(HOLDOUT_FROM.date())),
            "rows": len(flights),
            "inverse_penalty": recipe.inverse_penalty,
        },
    })


def measure(held_out: pd.DataFrame, folder: Path) -> None:
    """Metrics of each model, and of each challenger against the champion."""
    for name in RECIPES:
        late, scores = held_out["late"].to_numpy(dtype=float), held_out[name].to_numpy(dtype=float)
        whole = evaluate.summary(late, scores)
        write_json(folder / f"{name}.json", {"model": name, **whole, "by_origin": evaluate.by_airport(held_out, name)})
    for name in ("candidate", "regressed"):
        by_origin = {
            airport: evaluate.difference(held_out[held_out["origin"] == airport], name, "champion")
            for airport in evaluate.by_airport(held_out, name)
        }
        whole = evaluate.difference(held_out, name, "champion")
        write_json(folder / f"{name}-vs-champion.json", {"minus": "champion", **whole, "by_origin": by_origin})


def parse_arguments() -> argparse.Namespace:
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=here / ".cache", help="where the downloaded flights are kept")
    parser.add_argument("--output", type=Path, default=here.parent, help="where models/, data/ and metrics/ are written")
    return parser.parse_args()


if __name__ == "__main__":
    main()
