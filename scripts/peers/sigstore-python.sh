#!/usr/bin/env bash
# Installs sigstore-python, Sigstore's client and verifier in Python, at a pinned version for the interop tests.
set -euo pipefail

version=4.5.1
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
venv="$peers/sigstore-python-$version"

if [ -x "$venv/bin/sigstore" ] && "$venv/bin/sigstore" --version >/dev/null 2>&1; then
  echo "sigstore-python $version is installed"
  exit 0
fi
rm -rf "$venv"
mkdir -p "$peers"
python3 -m venv "$venv"
nice -n 10 "$venv/bin/pip" install --quiet --disable-pip-version-check "sigstore==$version"
"$venv/bin/sigstore" --version >/dev/null
echo "sigstore-python $version installed"
