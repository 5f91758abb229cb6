#!/usr/bin/env bash
# Installs act, another runner of workflow files, at a pinned version for the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v0.2.87
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/act"
stamp="$peers/bin/.act-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "act $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "act needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
GOTOOLCHAIN=local GOBIN="$peers/bin" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/nektos/act@$version"
touch "$stamp"
echo "act $version installed"
