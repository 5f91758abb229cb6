#!/usr/bin/env bash
# Installs chDB, the engine of ClickHouse 26.9 as a Python library, from PyPI. A current ClickHouse server is in none of
# the registries (Debian has 18.16); what statements mean to it is tested on its engine, behind a small HTTP server.
set -euo pipefail

version=26.9.0
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
folder="$peers/chdb-$version"

if [ -x "$folder/bin/python" ] && "$folder/bin/python" -c 'import chdb' 2>/dev/null; then
  echo "chdb $version is installed"
  exit 0
fi
rm -rf "$folder"
python3 -m venv "$folder"
nice -n 10 timeout 900 "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --only-binary :all: "chdb-core==$version"
"$folder/bin/python" -c 'import chdb'
echo "chdb $version installed"
