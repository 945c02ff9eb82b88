#!/bin/bash
# What Debian asks of packages, asked of ours. By hand, as root, after `./bootstrap
# deb`, whose packages, log and folders it looks at:
#
#   tests/packaging/quality.sh [STEP…]    all of these, or by name
#
#   lintian    says nothing: every tag counts, pedantic ones too, but for two of
#              packages that are in no archive: the maintainer's host (packages of
#              debug symbols can have no overrides), and the length of file names,
#              which have Unbound's version
#   hardening  each compiler call (blhc) and each program has Debian's flags
#   stripped   no program has its symbols; those are in -dbgsym
#   twice      built in another folder, under another umask, zone, language and
#              at another time the packages are the same, bit for bit
#   sizes      of each package, and of what it unpacks to
#
# Exit code 1: a step failed, and what failed is above. Installs lintian, blhc and
# devscripts for the first two.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null
. "$HERE/../../bootstrap"
readonly BUILT=$ROOT/build/deb-work
mapfile -t packages < <(compgen -G "$BUILT/*.deb" | sort)
unpacked=

# The programs and libraries of all packages but those of debug symbols.
unpack_once() {
  [[ -z $unpacked ]] || return 0
  unpacked=$(mktemp -d)
  undo+=("rm -rf $unpacked")
  local package
  for package in "${packages[@]}"; do
    [[ $package == *-dbgsym_* ]] || dpkg-deb -x "$package" "$unpacked"
  done
}

programs() {
  find "$unpacked" -type f -exec sh -c '
    for file; do
      [ "$(head -c 4 "$file" | tail -c 3)" != ELF ] || echo "$file"
    done' sh {} +
}

step_lintian() {
  install_packages "${QUALITY_PACKAGES[@]}"
  lintian --allow-root --info --display-info --pedantic --show-overrides \
    --suppress-tags bogus-mail-host,package-has-long-file-name \
    --fail-on error,warning,info,pedantic "${packages[@]}"
}

step_hardening() {
  install_packages "${QUALITY_PACKAGES[@]}"
  unpack_once
  local program failed=0
  # Debian's compiler makes programs of that kind unasked.
  blhc --bindnow --ignore-flag -fPIE --ignore-flag -pie "$LOGS/deb.log" || failed=1
  while read -r program; do
    # Flags of compilers are seen by blhc: a library may call nothing that these
    # harden, and Debian's own start files lack the mark of the second. The module
    # binds lazily on purpose: danebound-unbound.lintian-own.
    local allowed=(--nofortify --nocfprotection)
    [[ $program != *-module.so ]] || allowed+=(--nobindnow)
    hardening-check --quiet "${allowed[@]}" "$program" || failed=1
  done < <(programs)
  return $failed
}

step_stripped() {
  unpack_once
  local program failed=0
  while read -r program; do
    ! readelf --section-headers --wide "$program" | grep -qE ' \.(symtab|debug_)' || {
      echo "not stripped: ${program#"$unpacked"}"
      failed=1
    }
  done < <(programs)
  compgen -G "$BUILT/*-dbgsym_*" >/dev/null || {
    echo "there are no symbols for the debugger"
    failed=1
  }
  return $failed
}

# What ./bootstrap deb was built from; nothing: there was no Unbound.
unbound_source() {
  if [[ -e $BUILT/source/unbound/debian ]]; then
    compgen -G "$ROOT/build/apt/*/unbound_$(sed 's/^[0-9]*://' "$BUILT/source/unbound-version").dsc" | head -n 1
  elif [[ -e $BUILT/source/unbound ]]; then
    echo "$BUILT/source/unbound"
  fi
}

step_twice() {
  local again package failed=0
  again=$(mktemp -d /var/tmp/danebound-again.XXXXXX)
  undo+=("rm -rf $again")
  (
    umask 077
    export TZ=Pacific/Kiritimati LC_ALL=C HOME=/nonexistent
    "$ROOT/packaging/build.sh" "$(unbound_source)" "$again/of-another-length" \
      "${UNBOUND_SWITCHES[@]}"
  ) >"$LOGS/deb-again.log" 2>&1 || {
    tail -n 20 "$LOGS/deb-again.log"
    return 1
  }
  for package in "${packages[@]}"; do
    cmp "$package" "$again/of-another-length/${package##*/}" || {
      failed=1
      ! command -v diffoscope >/dev/null ||
        diffoscope "$package" "$again/of-another-length/${package##*/}" || true
    }
  done
  return $failed
}

step_sizes() {
  local package
  for package in "${packages[@]}"; do
    printf '%8d KiB, %8d KiB unpacked: %s\n' "$(($(stat -c %s "$package") / 1024))" \
      "$(dpkg-deb -f "$package" Installed-Size)" "$(dpkg-deb -f "$package" Package)"
  done
}

main_here() {
  [[ ${#packages[@]} -gt 0 ]] ||
    die "$EXIT_USAGE" "there are no packages in $BUILT: first ./bootstrap deb"
  check_machine
  [[ $# -gt 0 ]] || set -- lintian hardening stripped twice sizes
  local each failed=0
  for each in "$@"; do
    declare -F "step_$each" >/dev/null || die "$EXIT_USAGE" "no such step: $each"
    say "$each"
    if "step_$each"; then
      echo "    $each: good"
    else
      echo "    $each: FAILED"
      failed=1
    fi
  done
  return $failed
}

main_here "$@"
