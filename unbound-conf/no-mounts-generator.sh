#!/bin/sh
# A systemd.generator(7): where systemd may not mount, as in some containers, it
# cannot give unbound.service the hardening of danebound.conf that takes mounts. It
# ends with 226/NAMESPACE then, each time, and there is no DNS. There this writes a
# drop-in that does without. Install it as
#   /etc/systemd/system-generators/danebound-no-mounts
# (mode 0755), then: systemctl daemon-reload
#
#   danebound-no-mounts FOLDER…   systemd's; files in the first count below /etc
set -u

# What systemd does for such a unit, in a mount namespace that ends with it.
can_mount() {
  unshare --mount --propagation slave sh -ec '
    mount --bind /usr /usr
    mount -o remount,bind,ro /usr
    mount -t tmpfs none /run'
} >/dev/null 2>&1

without_mounts() {
  cat <<'DROP_IN'
# systemd cannot mount here. Made by danebound-no-mounts at each boot and
# daemon-reload.
[Service]
PrivateDevices=no
ProtectSystem=no
ReadWritePaths=
ProtectHome=no
ProtectClock=no
ProtectHostname=no
ProtectKernelTunables=no
ProtectKernelModules=no
ProtectKernelLogs=no
ProtectControlGroups=no
ProtectProc=default
DROP_IN
}

folder=${1:?is the folder of the units}/unbound.service.d
can_mount || {
  mkdir -p "$folder" && without_mounts >"$folder/zz-danebound-no-mounts.conf"
}
