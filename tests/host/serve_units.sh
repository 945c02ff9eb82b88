#!/bin/bash
# Boots a Debian in a container and does to the units of `danebound serve` what
# happens on a host: a typo, a reload, a restart, a killed daemon.
#
#   tests/host/serve_units.sh BUILD ROOT
#
# BUILD is a build of the project; ROOT a folder for the root, which is made with
# debootstrap where it is empty. Needs root, debootstrap and systemd-container.
# By hand: it takes two minutes, three more the first time. Exit code 1: a step
# failed.
set -eu -o pipefail
[[ $# == 2 ]] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | head -n -1; exit 2; }
build=$(realpath "$1")
root=$2
here=$(dirname "$(realpath "$0")")
packages=systemd,systemd-sysv,dbus,procps,libevent-core-2.1-7,libunbound8,libabsl20220623
packages+=,libidn2-0,libnettle8,libldns3,libssl3,libsystemd0

mkdir -p "$root"
[[ -d $root/etc ]] ||
  debootstrap --variant=minbase --include=$packages bookworm "$root"
DESTDIR=$root cmake --install "$build" >/dev/null
install -m644 "$here/steps.sh" "$root/root/"
exec "$here/boot.sh" "$root" "$here/serve_units_inside.sh" --private-network
