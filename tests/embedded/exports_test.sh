#!/bin/sh
# libdanebound-embedded.so exports danebound_embedded_*, what embedded.h and
# event_embedded.h declare, and nothing else; has its soname, and takes the rules from libdanebound.
#   exports_test.sh LIBRARY NM READELF
set -eu
library=$1 nm=$2 readelf=$3
failed=0
fail() {
  printf '%s\n' "$1"
  failed=1
}

exported=$("$nm" -D -C --defined-only "$library" | cut -d' ' -f3- | sort -u |
  sed 's/@@.*//' | grep -v -E '^DANEBOUND_EMBEDDED_(0|CXX_[0-9.]+)$' |
  grep -v '^danebound_embedded_' | sed 's/(.*//' | sort -u)
wanted='danebound::Embedded::Ask
danebound::Embedded::Lookup
danebound::Embedded::LookupAll
danebound::Embedded::New
danebound::Embedded::SelfTest
danebound::Embedded::~Embedded
danebound::EventEmbedded::New
danebound::EventEmbedded::Start
danebound::EventEmbedded::~EventEmbedded'
[ "$exported" = "$wanted" ] || fail "exported: $exported"

for rule in Conclude ParseNextHop ExpiryOf; do
  if "$nm" -C --defined-only "$library" | grep -q " danebound::$rule("; then
    fail "has a copy of $rule"
  fi
done

dynamic=$("$readelf" -d "$library")
for wanted in 'soname: \[libdanebound-embedded.so.0\]' \
  'NEEDED.*\[libdanebound.so.0\]' 'NEEDED.*\[libunbound.so'; do
  printf '%s\n' "$dynamic" | grep -q "$wanted" || fail "missing: $wanted"
done
exit "$failed"
