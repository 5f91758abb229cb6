#!/usr/bin/env bash
# Installs MLflow, its server and its client, at a pinned version for the interop tests.
set -euo pipefail

version=3.17.2
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
venv="$peers/mlflow-$version"

if [ -x "$venv/bin/python" ] && "$venv/bin/python" -c 'import flask_wtf, mlflow.server' >/dev/null 2>&1; then
  echo "mlflow $version is installed"
  exit 0
fi
rm -rf "$venv"
mkdir -p "$peers"
python3 -m venv "$venv"
nice -n 10 "$venv/bin/pip" install --quiet --disable-pip-version-check "mlflow[auth]==$version"
"$venv/bin/python" -c 'import flask_wtf, mlflow.server'
echo "mlflow $version installed"
