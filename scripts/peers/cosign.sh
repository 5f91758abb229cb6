#!/usr/bin/env bash
# Installs cosign, the Sigstore project's own signer and verifier, at a pinned version for the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v3.1.2
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/cosign"
stamp="$peers/bin/.cosign-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "cosign $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "cosign needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
GOTOOLCHAIN=local GOBIN="$peers/bin" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/sigstore/cosign/v3/cmd/cosign@$version"
touch "$stamp"
echo "cosign $version installed"
