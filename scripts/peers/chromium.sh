#!/usr/bin/env bash
# Installs Chromium for the test of the report page. Debian keeps only the newest version of it, so none is pinned;
# the test drives it by the DevTools protocol, which playwright-core knows.
set -euo pipefail

if [ -x /usr/bin/chromium ]; then
  echo "chromium is installed"
  exit 0
fi
. "$(dirname "$0")/apt.sh"
install_quietly chromium ""
[ -x /usr/bin/chromium ]
echo "chromium installed"
