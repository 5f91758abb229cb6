"""Logs a run to a server of MLflow that is started for it, and writes what the server's REST API says of it."""

import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from tempfile import TemporaryDirectory

import mlflow
import pandas as pd

out = Path(sys.argv[1])
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
address = f"http://127.0.0.1:{port}"


def get(path):
    with urllib.request.urlopen(address + path, timeout=5) as answer:
        return answer.read()


with TemporaryDirectory() as folder:
    server = subprocess.Popen(
        [sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "1",
         "--backend-store-uri", f"sqlite:///{folder}/runs.db", "--artifacts-destination", folder]
    )  # fmt: skip
    try:
        for _ in range(120):
            try:
                get("/health")
                break
            except OSError:
                time.sleep(0.5)
        mlflow.set_tracking_uri(address)
        flights = pd.DataFrame({"distance": [1.0, 2.0], "late": [0, 1]})
        with mlflow.start_run(run_name="candidate") as run:
            mlflow.log_input(mlflow.data.from_pandas(flights, name="flights"), context="eval")
            mlflow.log_metric("roc_auc", 0.7, step=0)
            mlflow.log_metric("roc_auc", 0.9, step=1)
            mlflow.log_metric("log_loss", float("nan"))
            mlflow.log_metric("ratio", float("inf"))
            (out / "mlflow-running.json").write_bytes(get(f"/api/2.0/mlflow/runs/get?run_id={run.info.run_id}"))
        (out / "mlflow.json").write_bytes(get(f"/api/2.0/mlflow/runs/get?run_id={run.info.run_id}"))
    finally:
        server.terminate()
        server.wait()
