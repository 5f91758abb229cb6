#!/usr/bin/env bash
# Installs Sigstore's RFC 3161 timestamp authority at a pinned version for the private Sigstore of the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

# Later ones ask for Go 1.27.
version=v2.1.3
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/timestamp-server"
stamp="$peers/bin/.timestamp-server-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "timestamp-server $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "timestamp-server needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
GOTOOLCHAIN=local GOBIN="$peers/bin" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/sigstore/timestamp-authority/v2/cmd/timestamp-server@$version"
touch "$stamp"
echo "timestamp-server $version installed"
