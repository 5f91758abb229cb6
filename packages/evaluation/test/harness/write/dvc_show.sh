#!/bin/sh
# Writes what `dvc metrics show --json` prints of a file with groups of metrics and a NaN, into the folder that is given.
set -eu
out=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf '{"train": {"auc": 0.93, "rows": 800}, "test": {"auc": 0.9, "log_loss": NaN}}\n' > metrics.json
printf 'metrics:\n  - metrics.json\n' > dvc.yaml
export DVC_NO_ANALYTICS=1
dvc init --no-scm --quiet
dvc metrics show --json > "$out/dvc-show.json"
