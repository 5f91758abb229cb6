#!/usr/bin/env bash
# Installs the conformance suite of opencontainers/distribution-spec at a pinned commit for the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v0.0.0-20260831232431-97274622c111
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/oci-conformance"
stamp="$peers/bin/.oci-conformance-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "oci-conformance $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "oci-conformance needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
# The command is called `conformance`, which says too little in a folder of peers.
build="$(mktemp -d "$peers/bin/.build-XXXXXX")"
trap 'rm -rf "$build"' EXIT
GOTOOLCHAIN=local GOBIN="$build" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/opencontainers/distribution-spec/conformance@$version"
mv "$build/conformance" "$bin"
touch "$stamp"
echo "oci-conformance $version installed"
