#!/bin/bash
# Fetches Prometheus' promtool from Debian, without installing the server.
#
#   promtool.sh FOLDER    leaves FOLDER/promtool
#
# What is there already is left alone.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null
. "$HERE/../../bootstrap"

main_here() {
  local folder=$1
  mkdir -p "$folder"
  [[ ! -x $folder/promtool ]] || return 0
  exec 8>"$folder/lock"
  flock 8
  (cd "$folder" && { private_apt download prometheus ||
    { private_apt update && private_apt download prometheus; }; }) || {
    echo "promtool could not be fetched. Can this machine reach its package" \
      "archive?"
    exit "$EXIT_MACHINE"
  }
  dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb |
    tar -x -C "$folder" --strip-components=3 ./usr/bin/promtool
  rm -f "$folder"/prometheus_*.deb
}

main_here "$(realpath -m "$1")"
