#!/usr/bin/env bash
# Installs Debian 12's docker-registry (distribution 2.8: no referrers API) for the interop tests.
set -euo pipefail

version=2.8.2
if command -v docker-registry >/dev/null && docker-registry --version | grep -q "$version"; then
  echo "docker-registry $version is installed"
  exit 0
fi
. "$(dirname "$0")/apt.sh"
install_quietly docker-registry "$version"
echo "docker-registry $version installed"
