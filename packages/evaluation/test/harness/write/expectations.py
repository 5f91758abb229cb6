"""Writes a validation result of Great Expectations and a snapshot of Evidently, into the folder that is given."""

import sys
from pathlib import Path

import great_expectations as gx
import pandas as pd

out = Path(sys.argv[1])
frame = pd.DataFrame({"distance": [100.0, 250.5, -3.0], "origin": ["ATL", "JFK", None]})
context = gx.get_context(mode="ephemeral")
batch = context.data_sources.add_pandas("flights").add_dataframe_asset("flights").add_batch_definition_whole_dataframe("all")
suite = context.suites.add(gx.ExpectationSuite(name="flights"))
suite.add_expectation(gx.expectations.ExpectColumnValuesToBeBetween(column="distance", min_value=0))
suite.add_expectation(gx.expectations.ExpectColumnValuesToNotBeNull(column="distance"))
suite.add_expectation(gx.expectations.ExpectColumnValuesToNotBeNull(column="altitude"))
result = gx.ValidationDefinition(name="flights", data=batch, suite=suite)
result = context.validation_definitions.add(result).run(batch_parameters={"dataframe": frame})
(out / "great-expectations.json").write_text(str(result) + "\n")
