#!/bin/bash
# Fetches one program of a Debian package, without installing the package.
#
#   debian_program.sh FOLDER PACKAGE PROGRAM    leaves FOLDER/PROGRAM
#
# What is there already is left alone.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null
. "$HERE/../bootstrap"

main_here() {
  local folder=$1 package=$2 program=$3
  mkdir -p "$folder"
  [[ ! -x $folder/$program ]] || return 0
  exec 8>"$folder/lock"
  flock 8
  (cd "$folder" && { private_apt download "$package" ||
    { private_apt update && private_apt download "$package"; }; }) || {
    echo "$program could not be fetched. Can this machine reach its package" \
      "archive?"
    exit "$EXIT_MACHINE"
  }
  dpkg-deb --fsys-tarfile "$folder/$package"_*.deb |
    tar -x -C "$folder" --strip-components=3 "./usr/bin/$program"
  rm -f "$folder/$package"_*.deb
}

main_here "$(realpath -m "$1")" "$2" "$3"
