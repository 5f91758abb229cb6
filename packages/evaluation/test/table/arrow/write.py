"""Writes the Arrow files beside it. Needs pyarrow."""

from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
from pyarrow import ipc

out = Path(__file__).parent
rows = 3000
table = pa.table(
    {
        "id": pa.array(range(rows), pa.int64()),
        "score": pa.array([None if i == 7 else i / rows for i in range(rows)], pa.float64()),
        "single": pa.array([i / 2 for i in range(rows)], pa.float32()),
        "origin": pa.array([["ATL", "JFK", None][i % 3] for i in range(rows)]).dictionary_encode(),
        "late": pa.array([i % 4 == 0 for i in range(rows)]),
        "day": pa.array([datetime(2026, 3, 1 + i % 5, tzinfo=timezone.utc) for i in range(rows)], pa.timestamp("ms", "UTC")),
    }
)
for name, compression in (("plain", "uncompressed"), ("lz4", "lz4"), ("zstd", "zstd")):
    feather.write_feather(table.slice(0, 3000 if compression != "uncompressed" else 300), str(out / f"{name}.feather"), compression=compression)
with ipc.new_stream(str(out / "stream.arrows"), table.schema) as writer:
    writer.write_table(table.slice(0, 300), max_chunksize=100)
nested = pa.table({"id": [1, 2], "list": [[1], [2]]})
feather.write_feather(nested, str(out / "nested.feather"), compression="uncompressed")
