#!/usr/bin/env bash
# Installs SoftHSM 2.6, a PKCS#11 token in software, and OpenSC's pkcs11-tool (Debian 12) for the interop tests. Tests
# keep their tokens in folders of their own, by SOFTHSM2_CONF.
set -euo pipefail

softhsm=2.6.1
opensc=0.23.0
installed() { dpkg-query --show --showformat='${db:Status-Status} ${Version}' "$1" 2>/dev/null | grep -q "^installed $2"; }
if installed softhsm2 "$softhsm" && installed opensc "$opensc"; then
  echo "softhsm $softhsm is installed"
  exit 0
fi
. "$(dirname "$0")/apt.sh"
install_quietly softhsm2 "$softhsm"
install_quietly opensc "$opensc"
command -v softhsm2-util pkcs11-tool >/dev/null
echo "softhsm $softhsm installed"
