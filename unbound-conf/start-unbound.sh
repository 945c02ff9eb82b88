#!/bin/sh
# Starts Unbound with the danebound module for unbound.service, or Debian's
# Unbound where that cannot work: DNS must be up, with verdicts or without.
#
#   start-unbound start OPTION…   ExecStart=: becomes one of the two
#   start-unbound started         ExecStartPost=: it is up
#   start-unbound stopped         ExecStopPost=: with systemd's $SERVICE_RESULT
#   start-unbound check           ExecReload=: fails where a reload would end it
#
# Debian's is started where the module or our Unbound cannot be loaded, where the
# settings are bad, after two starts within five minutes that did not get ready, or
# one that took too long, and after three crashes within a minute. The log says why.
# Once Unbound was stopped or restarted in order (systemctl restart unbound), ours is
# tried again.
#
#   /run/danebound-unbound/
#     starting    ours was started, and is not up yet
#     not-ready   when ours ended before it was up, seconds since 1970, one a line
#     crashes     when ours ended in disorder, likewise
#     without     why Debian's was started; no such file: ours was
set -u

here=$(dirname "$0")
conf=${DANEBOUND_UNBOUND_CONF:-/etc/danebound/unbound.conf}
debians=${DANEBOUND_DEBIANS_UNBOUND:-/usr/sbin/unbound}
state=${DANEBOUND_UNBOUND_STATE:-/run/danebound-unbound}
module=$here/danebound-module.so
# What no-mounts-generator.sh writes.
no_mounts=${DANEBOUND_UNBOUND_NO_MOUNTS:-/run/systemd/generator/unbound.service.d/zz-danebound-no-mounts.conf}
most_crashes=3
within=60 # seconds
most_unready=2
unready_within=300 # more than two times what systemd lets a start take

say() { echo "danebound: $*" >&2; }

# ---- why ours cannot be started: prints one line, or nothing ------------------

# Loads both without a start. The loader says what it lacks, and goes on without a
# module that is not to be had.
load() { LD_PRELOAD=$module "$here/unbound" -V; }
load_fault() {
  said=$(load 2>&1 >/dev/null) && [ -z "$said" ] && return
  echo "$here/unbound cannot run with $module: ${said:-it crashes}" | tr '\n' ' '
}

settings_fault() {
  said=$("$here/unbound-checkconf" "$conf" 2>&1) && return
  echo "$conf is bad: $said" | tr '\n' ' '
}

chroot_fault() {
  chroot=$("$here/unbound-checkconf" -o chroot "$conf" 2>/dev/null)
  [ -z "$chroot" ] || [ -e "$chroot$module" ] ||
    echo "Unbound's chroot $chroot has no $module (unbound.conf, chroot:)"
}

# count_of NOTES SECONDS: how many of them are no older.
count_of() {
  since=$(($(date +%s) - $2))
  count=0
  while read -r when; do
    [ "$when" -lt "$since" ] || count=$((count + 1))
  done <"$state/$1"
  echo $count
} 2>/dev/null

crash_fault() {
  [ -e "$state/crashes" ] || return
  crashes=$(count_of crashes $within)
  [ "$crashes" -lt $most_crashes ] ||
    echo "Unbound with the module ended in disorder $crashes times within $within s"
}

ready_fault() {
  [ -e "$state/not-ready" ] || return
  [ "$(count_of not-ready $unready_within)" -lt $most_unready ] ||
    echo "Unbound with the module did not start; the lines above say more"
}

# Also notes that ours is started.
state_fault() {
  touch "$state/starting" || echo "$state cannot be written"
} 2>/dev/null

# The first fault of these.
first_fault() {
  for each in "$@"; do
    fault=$($each)
    [ -z "$fault" ] || { echo "$fault"; return; }
  done
}

# ---- start -------------------------------------------------------------------

# The AppArmor profile of Debian's binary, which AppArmor finds by the path, for
# ours, too. Without AppArmor, or without that profile, nothing.
confine() {
  [ "$(cat /sys/module/apparmor/parameters/enabled)" = Y ] || return
  attribute=/proc/$$/attr/apparmor/exec
  [ -e $attribute ] || attribute=/proc/$$/attr/exec
  printf 'exec unbound' >$attribute
} 2>/dev/null

say_what_lacks() {
  [ ! -e "$no_mounts" ] ||
    say "systemd cannot mount here, as in some containers: Unbound runs without the" \
      "hardening that needs it, by $no_mounts"
}

start() {
  mkdir -p "$state"
  rm -f "$state/without"
  say_what_lacks
  fault=$(first_fault ready_fault crash_fault load_fault settings_fault chroot_fault \
    state_fault)
  if [ -n "$fault" ]; then
    rm -f "$state/starting"
    say "$fault"
    say "starting Debian's Unbound, so that there is DNS; there are no verdicts." \
      "When it is mended: systemctl restart unbound"
    echo "$fault" >"$state/without"
    exec "$debians" "$@"
  fi
  confine
  exec "$here/unbound" "$@" -c "$conf"
}

# ---- afterwards --------------------------------------------------------------

note() { date +%s >>"$state/$1"; }

note_unready() {
  rm -f "$state/starting"
  note not-ready
  # A second one would have DNS wait as long again.
  [ "$SERVICE_RESULT" != timeout ] || note not-ready
}

stopped() {
  if [ "${SERVICE_RESULT:-success}" = success ]; then
    rm -rf "$state"
  elif [ -e "$state/starting" ]; then
    note_unready
  elif ! [ -e "$state/without" ]; then
    mkdir -p "$state"
    note crashes
  fi
}

check() {
  if [ -e "$state/without" ]; then return; fi
  fault=$(first_fault load_fault settings_fault)
  if [ -n "$fault" ]; then
    say "$fault"
    say "nothing is reloaded"
    return 1
  fi
  "${here%/lib/danebound}/bin/danebound" self-test --check-config
}

case ${1:-} in
  start)
    shift
    start "$@"
    ;;
  started) rm -f "$state/starting" ;;
  stopped) stopped ;;
  check) check ;;
  *)
    say "usage: start-unbound start OPTION…, or started, stopped, check"
    exit 2
    ;;
esac
