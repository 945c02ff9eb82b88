#!/bin/sh
# libdanebound.so exports danebound_* and namespace danebound and nothing else,
# has its soname, and needs neither libssl nor libunbound.
#   exports_test.sh LIBRARY NM READELF
set -eu
library=$1 nm=$2 readelf=$3
failed=0

exported=$("$nm" -D -C --defined-only "$library" | cut -d' ' -f2-)
strange=$(printf '%s\n' "$exported" |
  grep -v -E '^. (vtable for |typeinfo for |typeinfo name for )?danebound::' |
  grep -v -E '^A DANEBOUND_(0|CXX_[0-9.]+)$' |
  grep -v -E '^T danebound_[a-z_]+@@DANEBOUND_0$' || true)
if [ -n "$strange" ]; then
  printf 'exported besides namespace danebound:\n%s\n' "$strange"
  failed=1
fi
for wanted in 'danebound::Client::Lookup(' 'danebound::Conclude(' \
  'danebound::EventClient::Advance(' 'danebound::TakeFrame('; do
  if ! printf '%s\n' "$exported" | grep -q -F "T $wanted"; then
    printf 'not exported: %s\n' "$wanted"
    failed=1
  fi
done

dynamic=$("$readelf" -d "$library")
if ! printf '%s\n' "$dynamic" | grep -q 'soname: \[libdanebound.so.0\]'; then
  printf 'the soname is not libdanebound.so.0\n'
  failed=1
fi
unwanted=$(printf '%s\n' "$dynamic" | grep NEEDED |
  grep -E 'lib(ssl|crypto|unbound|event|gnutls)' || true)
if [ -n "$unwanted" ]; then
  printf 'linked but not wanted:\n%s\n' "$unwanted"
  failed=1
fi
exit "$failed"
