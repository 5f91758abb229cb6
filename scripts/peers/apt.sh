# Sourced by the peers that are Debian packages.

# install_quietly <package> <upstream version>: installs that version and keeps its service from ever starting.
install_quietly() {
  local package=$1 version=$2 root=()
  [ "$(id -u)" = 0 ] || root=(sudo -n)
  local policy=/usr/sbin/policy-rc.d written=
  if [ ! -e "$policy" ]; then
    # invoke-rc.d asks this file whether a service may start; 101 means no.
    printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
    "${root[@]}" chmod 755 "$policy"
    written=1
  fi
  local status=0
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "$package=$version*" || status=$?
  if [ "$status" != 0 ]; then
    "${root[@]}" apt-get update && status=0
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "$package=$version*" || status=$?
  fi
  [ -z "$written" ] || "${root[@]}" rm -f "$policy"
  if [ -d /run/systemd/system ]; then "${root[@]}" systemctl disable --now "$package" || true; fi
  return "$status"
}
