#!/bin/bash
# Boots a Debian's root in a container, runs a script there once it is up, prints
# what that says, and ends with code 1 where its last line is not "all steps
# held".
#
#   tests/host/boot.sh ROOT SCRIPT [OPTION…]
#
# OPTION goes to systemd-nspawn: --private-network, --bind=…
# $DANEBOUND_BOOT_SECONDS is how long it may take, 600 by default.
set -eu -o pipefail
root=$1
install -m755 "$2" "$root/root/test.sh"
shift 2
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
  timeout "${DANEBOUND_BOOT_SECONDS:-600}" systemd-nspawn --quiet --directory="$root" --boot --register=no \
    --keep-unit --console=pipe "$@" >"$root/root/console" 2>&1
) || true
rmdir "$group" 2>/dev/null || true
cat "$root/root/log" || { tail -20 "$root/root/console"; exit 1; }
[[ $(tail -n 1 "$root/root/log") == "all steps held" ]]
