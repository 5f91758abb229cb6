#!/usr/bin/env bash
# Installs HAProxy 2.6 (Debian 12) for the interop tests. The packaged service is kept from starting: tests start
# the program themselves, on loopback, with a configuration of their own.
set -euo pipefail

version=2.6.12
if command -v haproxy >/dev/null && haproxy -v | grep -q "version $version"; then
  echo "haproxy $version is installed"
  exit 0
fi
. "$(dirname "$0")/apt.sh"
install_quietly haproxy "$version"
haproxy -v | grep -q "version $version"
echo "haproxy $version installed"
