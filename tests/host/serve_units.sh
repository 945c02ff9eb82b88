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
install -m755 "$here/serve_units_inside.sh" "$root/root/test.sh"
rm -f "$root/root/log"
cat >"$root/etc/systemd/system/host-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
ExecStart=/root/test.sh
ExecStopPost=/bin/systemctl poweroff --force
StandardOutput=file:/root/log
StandardError=file:/root/log
UNIT
mkdir -p "$root/etc/systemd/system/default.target.wants"
ln -sf ../host-test.service "$root/etc/systemd/system/default.target.wants/"

# A cgroup of its own, so that the container's systemd has what it needs.
group=/sys/fs/cgroup/systemd/danebound-host-test
[[ -d /sys/fs/cgroup/systemd ]] || group=/sys/fs/cgroup/danebound-host-test
mkdir -p "$group"
(
  echo $BASHPID >"$group/cgroup.procs"
  export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
  timeout 180 systemd-nspawn --quiet --directory="$root" --boot --register=no \
    --keep-unit --private-network --console=pipe >"$root/root/console" 2>&1
) || true
rmdir "$group" 2>/dev/null || true
cat "$root/root/log" || { tail -20 "$root/root/console"; exit 1; }
grep -q '^all steps held$' "$root/root/log"
