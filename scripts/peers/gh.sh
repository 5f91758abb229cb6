#!/usr/bin/env bash
# Installs gh, GitHub's own command line, at a pinned version for the interop tests: `gh attestation verify` needs
# neither a token nor the network where a bundle and a trust root are given.
# Go's checksum database vouches for the source; nothing is fetched but Go modules.
set -euo pipefail

version=v2.83.0
peers="${SLUICE_PEERS:-$HOME/.cache/sluice/peers}"
bin="$peers/bin/gh"
stamp="$peers/bin/.gh-$version"

if [ -x "$bin" ] && [ -f "$stamp" ]; then
  echo "gh $version is installed"
  exit 0
fi
if ! command -v go >/dev/null; then
  echo "gh needs Go to be built, and there is none" >&2
  exit 1
fi
mkdir -p "$peers/bin"
# Built from the folder of the module: Go's proxy gives this version and no list of versions, which `go install` asks for.
source="$(cd / && GOTOOLCHAIN=local go mod download -json "github.com/cli/cli/v2@$version" | sed -n 's/^.*"Dir": "\(.*\)",$/\1/p')"
cd "$source"
GOTOOLCHAIN=local GOFLAGS='-trimpath -mod=readonly' CGO_ENABLED=0 nice -n 10 go build -ldflags='-s -w' -o "$bin" ./cmd/gh
touch "$stamp"
echo "gh $version installed"
