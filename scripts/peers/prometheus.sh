#!/usr/bin/env bash
# Installs Prometheus 2.42 (Debian 12) for the interop tests. The packaged service is kept from starting: tests
# start the program themselves, on loopback, with a configuration of their own.
set -euo pipefail

version=2.42.0
if command -v prometheus >/dev/null && prometheus --version 2>&1 | grep -q "version $version"; then
  echo "prometheus $version is installed"
  exit 0
fi
. "$(dirname "$0")/apt.sh"
install_quietly prometheus "$version"
prometheus --version 2>&1 | grep -q "version $version"
echo "prometheus $version installed"
