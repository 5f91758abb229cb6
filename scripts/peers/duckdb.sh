#!/usr/bin/env bash
# Installs DuckDB's Node client, an engine that conditions are compiled for, at a pinned version for the interop tests.
set -euo pipefail

version=1.5.6-r.1
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
folder="$peers/duckdb-$version"

if [ -d "$folder/node_modules/@duckdb/node-api" ]; then
  echo "duckdb $version is installed"
  exit 0
fi
rm -rf "$folder" "$folder.new"
mkdir -p "$folder.new"
(cd "$folder.new" && nice -n 10 npm install --silent --no-audit --no-fund --ignore-scripts "@duckdb/node-api@$version")
mv "$folder.new" "$folder"
echo "duckdb $version installed"
