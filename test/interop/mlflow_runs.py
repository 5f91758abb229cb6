"""Logs runs with MLflow's own client, registers versions of a model by them, and prints the id of each run by its name."""

import json
import sys
from pathlib import Path

import mlflow
import pandas as pd

tables = Path(sys.argv[1])
client = mlflow.MlflowClient()
mlflow.set_experiment("delays")
flights = pd.DataFrame({"distance": [1.0, 2.0], "late": [0.0, 1.0]})
others = pd.DataFrame({"distance": [1.0, 3.0], "late": [0.0, 1.0]})
ids = {}


def log(name, auc, data=flights, table="equal.csv", status="FINISHED"):
    run = mlflow.start_run(run_name=name)
    mlflow.log_input(mlflow.data.from_pandas(data, name="flights"), context="eval")
    mlflow.log_metrics({"auc": auc, "auc_stderr": 0.002})
    mlflow.log_artifact(tables / table, "eval")
    mlflow.end_run(status)
    ids[name] = run.info.run_id
    return run


log("candidate", 0.8, table="candidate.csv")
log("equal", 0.801)
log("better", 0.86, table="better.csv")
log("nan", float("nan"))
log("other-data", 0.801, data=others)
log("failed", 0.801, status="FAILED")
log("deleted", 0.801)
client.delete_run(ids["deleted"])

client.create_registered_model("prod.delays")
artifacts = {name: mlflow.get_run(run).info.artifact_uri for name, run in ids.items()}
for source, run, alias in [
    (f"{artifacts['equal']}/eval", ids["equal"], "champion"),
    (f"{artifacts['better']}/eval", ids["better"], "strong"),
    ("s3://elsewhere/model", None, "bare"),
]:
    version = client.create_model_version("prod.delays", source, run_id=run, await_creation_for=0)
    client.set_registered_model_alias("prod.delays", alias, version.version)
print(json.dumps(ids))
