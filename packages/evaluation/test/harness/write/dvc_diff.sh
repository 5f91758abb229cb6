#!/bin/sh
# Writes what `dvc metrics diff --json` prints of metrics in JSON, YAML and TOML, with --all and without it, and the files
# themselves as the candidate has them, into the folder that is given.
set -eu
out=$(cd "$1" && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DVC_NO_ANALYTICS=1
git init --quiet
git config user.email flights@example.org && git config user.name flights
dvc init --quiet
printf 'metrics:\n  - m.json\n  - m.yaml\n  - m.toml\n' > dvc.yaml
printf '{"test": {"auc": 0.9, "log_loss": 0.3, "note": "first"}}\n' > m.json
printf 'auc: 0.8\nnested: { f1: .nan, rows: 3 }\n' > m.yaml
printf 'auc = 0.7\n[test]\nf1 = nan\nrows = 12\n' > m.toml
git add --all && git commit --quiet --message first
printf '{"test": {"auc": 0.85, "log_loss": NaN, "note": "second", "fresh": 1}}\n' > m.json
printf 'auc: 0.81\nnested: { f1: .nan, rows: 3 }\n' > m.yaml
dvc metrics diff --json HEAD > "$out/dvc-diff.json"
dvc metrics diff --json --all HEAD > "$out/dvc-diff-all.json"
cp m.yaml "$out/dvc-metrics.yaml"
cp m.toml "$out/dvc-metrics.toml"
