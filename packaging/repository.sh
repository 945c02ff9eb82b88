#!/bin/bash
# Adds packages to an apt repository, or makes one.
#
#   packaging/repository.sh FOLDER SUITE KEY PACKAGE…
#
# Leaves FOLDER/SUITE/ with the packages, older ones among them, apt's lists of
# them, and danebound.sources for /etc/apt/sources.list.d/ of a host. KEY is gpg's
# name of a secret key to sign with; empty: not signed, and hosts are told to trust
# the folder as it is.
set -euo pipefail
folder=$1 suite=$2 key=$3
shift 3
mkdir -p "$folder/$suite"
folder=$(realpath "$folder")
mapfile -t packages < <(realpath "$@")

cd "$folder/$suite"
for package in "${packages[@]}"; do
  install -m644 "$package" "./${package##*/}.new"
  mv "./${package##*/}.new" "./${package##*/}"
done
cd ..
apt-ftparchive packages "$suite" >"$suite/Packages.new"
mv "$suite/Packages.new" "$suite/Packages"
gzip -9nkf "$suite/Packages"
cd "$suite"
rm -f Release InRelease Release.gpg
apt-ftparchive -o APT::FTPArchive::Release::Origin=danebound \
  -o APT::FTPArchive::Release::Label=danebound \
  -o APT::FTPArchive::Release::Suite="$suite" \
  -o APT::FTPArchive::Release::Codename="$suite" \
  -o APT::FTPArchive::Release::Architectures="$(dpkg --print-architecture)" \
  release . >../Release.new
mv ../Release.new Release
trust='Trusted: yes'
if [[ -n $key ]]; then
  sign=(gpg --batch --yes --local-user "$key")
  "${sign[@]}" --clearsign --output InRelease Release
  "${sign[@]}" --armor --detach-sign --output Release.gpg Release
  # A key within the entry: each line behind a blank, an empty one as a dot.
  trust=$'Signed-By:\n'$(gpg --batch --armor --export "$key" | sed 's/^$/./; s/^/ /')
fi
cat >danebound.sources <<SOURCES
# Change the URI to where this host sees the repository.
Types: deb
URIs: file:$folder
Suites: $suite/
$trust
SOURCES
