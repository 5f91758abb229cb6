#!/usr/bin/env bash
# Installs TesseraCT, a certificate transparency log that keeps its tiles in a folder, at a pinned version for the private
# Sigstore of the interop tests: sigstore-python verifies no certificate without a promise of such a log.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v0.1.1
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/tesseract"
stamp="$peers/bin/.tesseract-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "tesseract $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "tesseract needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
# The command is called `posix`, which says too little in a folder of peers.
build="$(mktemp -d "$peers/bin/.build-XXXXXX")"
trap 'rm -rf "$build"' EXIT
GOTOOLCHAIN=local GOBIN="$build" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/transparency-dev/tesseract/cmd/tesseract/posix@$version"
mv "$build/posix" "$bin"
touch "$stamp"
echo "tesseract $version installed"
