#!/usr/bin/env bash
# Holds the unit to an exposure of 1.5 at most (systemd-analyze security; lower is
# better). Installs systemd where it is missing and this is root.
set -euo pipefail
cd "$(dirname "$0")"
if ! command -v systemd-analyze >/dev/null; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "systemd-analyze is missing and cannot be installed here: install systemd" >&2
    exit 1
  fi
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd >/dev/null
fi
systemd-analyze security --offline=true --threshold=15 --no-pager watchfire.service | tail -n 3
