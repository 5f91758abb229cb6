"""Writes a snapshot of Evidently, into the folder that is given."""

import sys
from pathlib import Path

import pandas as pd
from evidently import Report
from evidently.metrics import MeanValue, MissingValueCount
from evidently.tests import gte, lte

out = Path(sys.argv[1])
frame = pd.DataFrame({"distance": [100.0, 250.5, None], "origin": ["ATL", "JFK", "ATL"]})
report = Report([MeanValue(column="distance", tests=[gte(200)]), MissingValueCount(column="distance", tests=[lte(2)])])
report.run(current_data=frame).save_json(str(out / "evidently.json"))
