#!/usr/bin/env bash
# Installs zizmor, an auditor of workflow files, at a pinned version for the interop tests.
set -euo pipefail

version=1.32.0
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
venv="$peers/zizmor-$version"

if [ -x "$venv/bin/zizmor" ] && "$venv/bin/zizmor" --version >/dev/null 2>&1; then
  echo "zizmor $version is installed"
  exit 0
fi
rm -rf "$venv"
mkdir -p "$peers"
python3 -m venv "$venv"
nice -n 10 "$venv/bin/pip" install --quiet --disable-pip-version-check "zizmor==$version"
"$venv/bin/zizmor" --version >/dev/null
echo "zizmor $version installed"
