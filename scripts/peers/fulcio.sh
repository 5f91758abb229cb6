#!/usr/bin/env bash
# Installs Fulcio, Sigstore's certificate authority, at a pinned version for the private Sigstore of the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v1.8.8
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/fulcio"
stamp="$peers/bin/.fulcio-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "fulcio $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "fulcio needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
GOTOOLCHAIN=local GOBIN="$peers/bin" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/sigstore/fulcio@$version"
touch "$stamp"
echo "fulcio $version installed"
