#!/usr/bin/env bash
# Installs model_signing, the reference of OpenSSF Model Signing, at a pinned version for the interop tests.
set -euo pipefail

version=1.1.1
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
venv="$peers/model-signing-$version"

if [ -x "$venv/bin/model_signing" ] && "$venv/bin/model_signing" --version >/dev/null 2>&1; then
  echo "model_signing $version is installed"
  exit 0
fi
rm -rf "$venv"
mkdir -p "$peers"
python3 -m venv "$venv"
# pyOpenSSL is imported by 1.1.1 and missing from its dependencies.
nice -n 10 "$venv/bin/pip" install --quiet --disable-pip-version-check "model-signing==$version" pyOpenSSL==26.4.0
"$venv/bin/model_signing" --version >/dev/null
echo "model_signing $version installed"
