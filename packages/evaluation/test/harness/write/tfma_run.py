"""Evaluates two models' predictions by TensorFlow Model Analysis, into the folder that is given: metrics and validations
as TFRecord and as Parquet, validations that hold, fail, find no slice, have no baseline, and have no thresholds."""

import random
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import apache_beam as beam
import pandas as pd
import pyarrow as pa
from google.protobuf import text_format
from tensorflow_model_analysis.api import model_eval_lib
from tensorflow_model_analysis.proto.config_pb2 import EvalConfig
from tensorflow_model_analysis.writers.metrics_plots_and_validations_writer import MetricsPlotsAndValidationsWriter
from tfx_bsl.arrow import table_util

ROWS = 400
# Without models to load, TFMA takes the baseline's predictions for none, and drops them.
model_eval_lib._update_eval_config_with_defaults = lambda config, *_: config


def frame():
    draw = random.Random(4)
    rows = []
    for row in range(ROWS):
        late = int(draw.random() < 0.4)
        shared = draw.random()
        rows.append({"late": late, "origin": ["ATL", "JFK"][row % 2], "candidate": 0.35 * late + 0.6 * shared,
                     "baseline": 0.4 * late + 0.6 * shared})  # fmt: skip
    return pd.DataFrame(rows)


def config(threshold="", slices="slicing_specs {} slicing_specs { feature_keys: ['origin'] }", baseline=True, options=""):
    models = """model_specs { name: "candidate" label_key: "late" prediction_key: "candidate" }
        model_specs { name: "baseline" label_key: "late" prediction_key: "baseline" is_baseline: true }"""
    if not baseline:
        models = 'model_specs { label_key: "late" prediction_key: "candidate" }'
    return text_format.Parse(
        f"""
        {models}
        {slices}
        metrics_specs {{
            {'model_names: ["candidate", "baseline"]' if baseline else ""}
            metrics {{ class_name: "ExampleCount" }} metrics {{ class_name: "AUC" {threshold} }} }}
        options {{ {options} }}
        """,
        EvalConfig(),
    )


def bounds(lower=None, change=None):
    value = f"value_threshold {{ lower_bound {{ value: {lower} }} }}" if lower is not None else ""
    moved = f"change_threshold {{ direction: HIGHER_IS_BETTER absolute {{ value: {change} }} }}" if change is not None else ""
    return f"threshold {{ {value} {moved} }}"


def run(eval_config, written, out, end="tfrecord", rubber_stamp=False):
    """What analyze_raw_data does, with writers of one's own: it can neither write Parquet nor do without a baseline."""
    with TemporaryDirectory() as folder:
        writers = [
            MetricsPlotsAndValidationsWriter(
                output_paths={kind: f"{folder}/{kind}" for kind in ["metrics", "plots", "attributions", "validations"]},
                eval_config=eval_config, output_file_format=end, rubber_stamp=rubber_stamp)
        ]  # fmt: skip
        table = table_util.CanonicalizeRecordBatch(pa.RecordBatch.from_pandas(frame()))
        with beam.Pipeline() as pipeline:
            _ = pipeline | beam.Create([table]) | model_eval_lib.ExtractEvaluateAndWriteResults(eval_config=eval_config, writers=writers)
        print(sorted(path.name for path in Path(folder).iterdir()))
        for kind, name in written.items():
            (file,) = Path(folder).glob(f"{kind}*.{end}")
            shutil.copy(file, out / name)


if __name__ == "__main__":
    out = Path(sys.argv[1])
    intervals = "compute_confidence_intervals { value: true } confidence_intervals { method: JACKKNIFE }"
    held = config(bounds(0.5, -0.2), options=intervals)
    for end in ["tfrecord", "parquet"]:
        run(held, {"metrics": f"metrics-tfma.{end}", "validations": f"validations-ok.{end}"}, out, end)
    run(config(bounds(0.99, 0.1)), {"validations": "validations-failed.tfrecord"}, out)
    run(config(bounds(0.5), baseline=False), {"validations": "validations-stamped.tfrecord"}, out, rubber_stamp=True)
    run(config(""), {"validations": "validations-nothing.tfrecord"}, out)
    nowhere = """per_slice_thresholds {
        slicing_specs { feature_values { key: "origin" value: "ORD" } }
        threshold { value_threshold { lower_bound { value: 0.5 } } } }"""
    run(config(nowhere), {"validations": "validations-missing.tfrecord"}, out)
