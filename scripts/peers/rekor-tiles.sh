#!/usr/bin/env bash
# Installs Rekor v2, Sigstore's transparency log, in the build that keeps its tiles in a folder, at a pinned version for
# the private Sigstore of the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

# Later ones ask for Go 1.27.
version=v2.3.0
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/rekor-tiles"
stamp="$peers/bin/.rekor-tiles-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "rekor-tiles $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "rekor-tiles needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
# The command is called `posix`, which says too little in a folder of peers.
build="$(mktemp -d "$peers/bin/.build-XXXXXX")"
trap 'rm -rf "$build"' EXIT
GOTOOLCHAIN=local GOBIN="$build" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix@$version"
mv "$build/posix" "$bin"
touch "$stamp"
echo "rekor-tiles $version installed"
