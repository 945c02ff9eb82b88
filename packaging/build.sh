#!/bin/bash
# Builds the Debian packages of this tree.
#
#   packaging/build.sh UNBOUND WORK SWITCH…
#
# UNBOUND is the source of Unbound: a source package (.dsc), or a folder with the
# release of its authors. Empty: there is none, and danebound-unbound is left out.
# SWITCH… is what it is configured with. WORK is emptied; the packages are left
# there, what they are made of in WORK/source.
#
# The version is that of the project, the time of the last commit, and Unbound's,
# so that whatever changes gives newer packages, and the same tree gives the same
# bits.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
from=$1 work=$2
shift 2

unbound_version() {
  case $from in
    '') ;;
    *.dsc) sed -n 's/^Version: //p' "$from" | head -n 1 ;;
    *) sed -n "s/^PACKAGE_VERSION='\(.*\)'/\1/p" "$from/configure" ;;
  esac
}

# Leaves the source in the folder unbound, and its version in unbound-version.
unpack_unbound() {
  case $from in
    *.dsc) # apt has checked the digests of what it fetched.
      dpkg-source --no-check --no-copy -x "$from" unbound
      ;;
    *)
      cp -a "$from" unbound
      [[ ! -e unbound/Makefile ]] || make -C unbound distclean
      ;;
  esac
  echo "$unbound" >unbound-version
}

# What has changed since the last commit counts, too; without git all files do.
tree_time() {
  local changed=() time=0
  if git -C "$root" rev-parse --git-dir >/dev/null 2>&1; then
    time=$(git -C "$root" log -1 --format=%ct)
    mapfile -t -d '' changed < <(cd "$root" && git ls-files -z --modified --others \
      --exclude-standard)
  else
    mapfile -t -d '' changed < <(cd "$root" && find "${parts[@]}" -type f -print0)
  fi
  local file each
  for file in "${changed[@]}"; do
    each=$(stat -c %Y "$root/$file" 2>/dev/null) || continue
    ((each <= time)) || time=$each
  done
  echo "$time"
}

readonly parts=(CMakeLists.txt LICENSE README.md docs module stub unbound-conf)
SOURCE_DATE_EPOCH=$(tree_time)
export SOURCE_DATE_EPOCH
project=$(sed -n 's/^project(danebound VERSION \([0-9.]*\).*/\1/p' "$root/CMakeLists.txt")
unbound=$(unbound_version)
version=$project+$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y%m%d.%H%M%S)${unbound:++unbound$unbound}

rm -rf "$work"
mkdir -p "$work/source"
cd "$work/source"
(cd "$root" && tar -c --exclude=__pycache__ --exclude=.mypy_cache "${parts[@]}") | tar -x
cp -r "$root/packaging/debian" debian
profiles=pkg.danebound.nounbound
if [[ -n $from ]]; then
  unpack_unbound
  profiles=
fi
printf '%s\n' "$@" >unbound-switches
cat >debian/changelog <<CHANGELOG
danebound ($version) $(sed -n "s/^VERSION_CODENAME=//p" /etc/os-release); urgency=medium

  * Unbound: ${unbound:-none}. What is new in danebound is in
    /usr/share/doc/danebound/changes.md.

 -- danebound <danebound@localhost>  $(date -R -u -d "@$SOURCE_DATE_EPOCH")
CHANGELOG
# Installed files keep their times.
find . -path ./unbound -prune -o -exec touch --no-dereference -d "@$SOURCE_DATE_EPOCH" {} +
DEB_BUILD_OPTIONS="parallel=$(nproc) nocheck ${DEB_BUILD_OPTIONS:-}" \
  DEB_BUILD_PROFILES=$profiles \
  dpkg-buildpackage --build=binary --unsigned-source --unsigned-changes
