"""What is kept of a training run: the scored flights and the tables people read."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from modelfile import write_json

SCHEMA = pa.schema([
    ("id", pa.int32()), ("date", pa.timestamp("ms")), ("origin", pa.string()), ("destination", pa.string()),
    ("distance", pa.int32()), ("late", pa.int32()),
    ("champion", pa.float32()), ("candidate", pa.float32()), ("regressed", pa.float32()),
])
SAMPLE_ROWS = 50
START = "<!-- tables: written by train/train.py -->"
END = "<!-- end of tables -->"


def write_holdout(held_out: pd.DataFrame, file: Path) -> None:
    """Flat, required columns, dictionaries only where they help, zstd: any reader can take it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    schema = pa.schema([field.with_nullable(False) for field in SCHEMA])
    table = pa.Table.from_pandas(held_out[SCHEMA.names], schema=schema, preserve_index=False)
    pq.write_table(
        table.replace_schema_metadata(None), file, version="2.6", compression="zstd", compression_level=15,
        use_dictionary=["origin", "destination", "distance", "late"], row_group_size=65_536, store_schema=False,
    )


def write_fixture(held_out: pd.DataFrame, file: Path) -> None:
    """A few held-out flights with their scores, evenly spread over time, for the server's test."""
    sample = held_out.iloc[:: len(held_out) // SAMPLE_ROWS].head(SAMPLE_ROWS).copy()
    sample["date"] = sample["date"].dt.strftime("%Y-%m-%dT%H:%M")
    for name in ("champion", "candidate", "regressed"):
        sample[name] = sample[name].astype(float)
    write_json(file, sample[SCHEMA.names].to_dict(orient="records"))


def write_tables(output: Path) -> None:
    """The tables in the READMEs: every big airport beside the metrics, the telling ones in front."""
    metrics = output / "metrics"
    whole = _whole(metrics)
    full = "\n\n".join([*whole, _by_origin(metrics, keep=lambda difference: True)])
    head = "# Metrics on the held-out flights\n\nIntervals are 95 %, paired on the same flights. Written by train/train.py."
    (metrics / "README.md").write_text(f"{head}\n\n{full}\n")
    readme = output / "README.md"
    if readme.exists():
        worse = _by_origin(metrics, keep=lambda difference: difference["high"] < 0)
        text = readme.read_text()
        before, rest = text.split(START, 1)
        after = rest.split(END, 1)[1]
        tables = "\n\n".join([*whole, "Where `regressed` is worse than the champion:", worse])
        readme.write_text(f"{before}{START}\n{tables}\n\n{END}{after}")


def _whole(metrics: Path) -> list[str]:
    models = ["| model | AUC | log loss | Brier | accuracy |", "|---|---|---|---|---|"]
    for name in ("champion", "candidate", "regressed"):
        m = _read(metrics / f"{name}.json")
        models.append(f"| {name} | {m['auc']:.4f} | {m['log_loss']:.4f} | {m['brier']:.4f} | {m['accuracy']:.4f} |")
    differences = ["| minus champion | AUC, 95 % interval | log loss, 95 % interval |", "|---|---|---|"]
    for name in ("candidate", "regressed"):
        m = _read(metrics / f"{name}-vs-champion.json")
        differences.append(f"| {name} | {_cell(m['auc'])} | {_cell(m['log_loss'])} |")
    return ["\n".join(models), "\n".join(differences)]


def _by_origin(metrics: Path, keep: Callable[[dict], bool]) -> str:
    champion, candidate, regressed = (
        _read(metrics / file)["by_origin"]
        for file in ("champion.json", "candidate-vs-champion.json", "regressed-vs-champion.json")
    )
    lines = ["| origin | flights | champion AUC | candidate minus champion | regressed minus champion |", "|---|---|---|---|---|"]
    for airport, m in champion.items():
        if keep(regressed[airport]["auc"]):
            row = f"{_cell(candidate[airport]['auc'])} | {_cell(regressed[airport]['auc'])}"
            lines.append(f"| {airport} | {m['n']} | {m['auc']:.4f} | {row} |")
    return "\n".join(lines)


def _read(file: Path) -> dict:
    return json.loads(file.read_text())


def _cell(interval: dict) -> str:
    return f"{interval['difference']:+.4f} ({interval['low']:+.4f} to {interval['high']:+.4f})"
