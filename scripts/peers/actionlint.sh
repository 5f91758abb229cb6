#!/usr/bin/env bash
# Installs actionlint, the common linter of workflow files, at a pinned version for the interop tests.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v1.7.12
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/actionlint"
stamp="$peers/bin/.actionlint-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "actionlint $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "actionlint needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
GOTOOLCHAIN=local GOBIN="$peers/bin" GOFLAGS=-trimpath CGO_ENABLED=0 \
  nice -n 10 go install -ldflags='-s -w' "github.com/rhysd/actionlint/cmd/actionlint@$version"
touch "$stamp"
echo "actionlint $version installed"
