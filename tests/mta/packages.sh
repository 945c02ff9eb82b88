#!/bin/bash
# Fetches Debian's mail servers, GnuTLS's tools, name servers and Redis, without
# installing them.
#
#   packages.sh FOLDER [NAME…]    leaves FOLDER/postfix, FOLDER/exim,
#                                 FOLDER/sendmail, FOLDER/opensmtpd, FOLDER/gnutls
#                                 and FOLDER/postfix-newer, which is that of Debian
#                                 13, or what is named: also bind and knot, certbot
#                                 and pebble, redis
#
# Each is a small root file system of its own: the server's package and all it
# depends on, libc included, so that nothing of the machine is needed to run it
# below chroot, and servers that cannot be installed together stand side by side.
# No script of a package is run, and apt's state is kept in FOLDER/apt. apt checks
# what it fetches against the machine's keys.
#
# What is there already and was made of the same list is left alone.
set -euo pipefail

HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
# shellcheck source=/dev/null
. "$HERE/../../bootstrap"

# What the servers' own scripts call.
readonly COMMANDS=(dash coreutils sed grep findutils diffutils mawk hostname)
# For maintainer scripts, which are not run.
readonly LEFT_OUT='^(adduser|cpio|cron.*|debconf|dpkg|e2fsprogs|init-system-helpers|.*-perl|logsave|perl.*|usrmerge)$'

packages_of() {
  case $1 in
    postfix | postfix-newer) echo postfix ;;
    exim) echo exim4-daemon-heavy exim4-base exim4-config ;;
    sendmail) echo sendmail-bin sendmail-cf sendmail-base m4 ;;
    opensmtpd) echo opensmtpd ;;
    gnutls) echo gnutls-bin dns-root-data ;;
    bind) echo bind9 ;;
    knot) echo knot ;;
    certbot) echo certbot ;;
    pebble) echo pebble ;;
    redis) echo redis-server ;;
  esac
}

# OpenSMTPD 6.8 of Debian 12 cannot serve TLS with OpenSSL 3: "missing private
# key", upstream's issue 1171.
suite_of() {
  case $1 in
    opensmtpd | postfix-newer) echo trixie ;;
    *) echo "$VERSION_CODENAME" ;;
  esac
}

# apt-get on a machine on which nothing is installed.
bare_apt() {
  private_apt -o Dir::State::lists="$folder/apt/lists" \
    -o Dir::Cache="$folder/apt/cache" -o Dir::State::status=/dev/null \
    -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$folder/apt/sources" \
    -o Debug::NoLocking=1 -o APT::Install-Recommends=no "$@"
}

# Makes bare_apt take packages of SUITE.
use_suite() {
  local file=$folder/apt/sources/debian.sources
  write_source_entries "$1" "$file"
  sed -i 's/^Types: deb-src$/Types: deb/' "$file"
  bare_apt -o APT::Update::Error-Mode=any update || {
    echo "The package lists of Debian's $1 could not be fetched. Can this machine" \
      "reach its package archive?"
    exit "$EXIT_MACHINE"
  }
}

# Prints NAME=VERSION of all that a server needs.
needed() {
  # shellcheck disable=SC2046  # names without blanks
  bare_apt --simulate install $(packages_of "$1") "${COMMANDS[@]}" |
    awk -v out="$LEFT_OUT" '$1 == "Inst" && $2 !~ out {
      print $2 "=" substr($3, 2) }'
}

# unpack PACKAGE_FILE TARGET
unpack() {
  dpkg-deb --fsys-tarfile "$1" |
    tar -x -C "$2" --keep-directory-symlink --no-same-owner \
      --exclude='./usr/share/doc' --exclude='./usr/share/man' \
      --exclude='./usr/share/locale' --exclude='./usr/share/i18n' \
      --exclude='./usr/share/info' --exclude='./usr/lib/*/gconv' \
      --exclude='./usr/lib/*/perl'
}

make_merged_usr() {
  local name
  for name in bin sbin lib lib64; do
    mkdir -p "$1/usr/$name"
    ln -s "usr/$name" "$1/$name"
  done
}

# make_root SERVER: leaves FOLDER/SERVER.
make_root() {
  local target=$folder/$1 suite package list packages
  suite=$(suite_of "$1")
  packages=$folder/apt/packages-$suite
  rm -rf "$target" "$target.new"
  use_suite "$suite"
  mkdir -p "$packages"
  make_merged_usr "$target.new"
  mapfile -t list < <(needed "$1")
  if ((${#list[@]} == 0)); then
    echo "apt cannot tell what $1 of Debian's $suite needs."
    exit "$EXIT_FAILED"
  fi
  (cd "$packages" && bare_apt download "${list[@]}")
  for package in "${list[@]}"; do
    unpack "$packages/${package%%=*}_"*.deb "$target.new"
  done
  chmod -R a+rX "$target.new"
  mv "$target.new" "$target"
}

main_here() {
  folder=$1
  shift
  [[ $# -gt 0 ]] || set -- postfix exim sendmail gnutls opensmtpd postfix-newer
  mkdir -p "$folder"
  exec 8>"$folder/lock"
  flock 8
  check_machine
  local stamp server
  stamp="$(sha256sum <"${BASH_SOURCE[0]}")$VERSION_CODENAME $*"
  [[ $(cat "$folder/stamp" 2>/dev/null) != "$stamp" ]] || return 0
  rm -f "$folder/stamp"
  mkdir -p "$folder/apt/"{lists/partial,cache/archives/partial,sources}
  for server in "$@"; do make_root "$server"; done
  rm -rf "$folder/apt"
  echo "$stamp" >"$folder/stamp"
}

main_here "$(realpath -m "$1")" "${@:2}"
