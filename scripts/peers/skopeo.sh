#!/usr/bin/env bash
# Installs Debian 12's skopeo for the interop tests: an independent reader of layouts and registries.
set -euo pipefail

version=1.9.3
if command -v skopeo >/dev/null && skopeo --version | grep -q "version $version"; then
  echo "skopeo $version is installed"
  exit 0
fi
. "$(dirname "$0")/apt.sh"
install_quietly skopeo "$version"
echo "skopeo $version installed"
