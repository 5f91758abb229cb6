"""MLflow's own server with its basic authentication, in one process: `mlflow server` leaves workers behind when it is killed."""

import os
import sys

import uvicorn
from mlflow.server import constants

folder, port = sys.argv[1:]
os.environ |= {
    constants.BACKEND_STORE_URI_ENV_VAR: f"sqlite:///{folder}/runs.db",
    constants.ARTIFACT_ROOT_ENV_VAR: "mlflow-artifacts:/",
    constants.ARTIFACTS_DESTINATION_ENV_VAR: f"{folder}/artifacts",
    constants.SERVE_ARTIFACTS_ENV_VAR: "true",
    "_MLFLOW_SGI_NAME": "uvicorn",
}
uvicorn.run("mlflow.server.auth:create_app", factory=True, host="127.0.0.1", port=int(port), log_level="warning")
