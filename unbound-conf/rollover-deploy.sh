#!/bin/sh
# Deploys a renewed certificate when its TLSA records allow it.
#
#   rollover-deploy.sh HOST       from the timer danebound-rollover@HOST
#   RENEWED_LINEAGE=… rollover-deploy.sh
#                                 as certbot's deploy hook, for a lineage that
#                                 is named like a host with settings
#
# Renewed files wait where certbot puts them; the mail server reads copies:
#
#   $LIVE/HOST/{fullchain,privkey}.pem   renewed         (certbot)
#   $DEPLOYED/HOST                       in use: a link to a folder with the
#                                        same two files, changed at one stroke
#
# Settings, from the environment or from $SETTINGS/HOST.conf, a shell script that
# may be empty:
#
#   PORTS      ports with TLSA records, default "25"
#   RELOAD     the shell command that makes the mail server read its files,
#              default "systemctl reload postfix"
#   OPTIONS    more for `danebound rollover`: "-4", "--resolver 127.0.0.1"
#   LIVE, DEPLOYED, STATE   paths, see below
#
# Exit codes: those of `danebound rollover`; 0 when the renewed certificate is
# in use and its records are right. As a hook it ends with 0 when it has to
# wait: the timer goes on.
set -eu

if [ -n "${RENEWED_LINEAGE:-}" ]; then
  host=$(basename "$RENEWED_LINEAGE")
  LIVE=$(dirname "$RENEWED_LINEAGE")
else
  host=${1:?usage: rollover-deploy.sh HOST}
fi
SETTINGS=${SETTINGS:-/etc/danebound/rollover}
if [ -r "$SETTINGS/$host.conf" ]; then
  # shellcheck disable=SC1090  # the operator's
  . "$SETTINGS/$host.conf"
elif [ -n "${RENEWED_LINEAGE:-}" ]; then
  exit 0  # a lineage of something else
fi
: "${PORTS:=25}" "${RELOAD:=systemctl reload postfix}" "${OPTIONS:=}"
: "${LIVE:=/etc/letsencrypt/live}" "${DEPLOYED:=/etc/danebound/tls}"
: "${STATE:=/var/lib/danebound/rollover.json}" "${DANEBOUND:=danebound}"
renewed=$LIVE/$host
in_use=$DEPLOYED/$host

# Makes $in_use a link to a folder beside it.
point_to() {
  ln -s "$1" "$DEPLOYED/$1.link"
  mv -T "$DEPLOYED/$1.link" "$in_use"
}

# Puts copies of the renewed files in use. A reader sees both old files or both
# new ones; where the mail server does not take them, the old ones stay.
deploy() {
  before=$(readlink "$in_use" || true)
  folder=$(mktemp -d "$DEPLOYED/$host.XXXXXX")
  chmod 755 "$folder"
  install -m 644 "$renewed/fullchain.pem" "$folder/fullchain.pem"
  install -m 600 "$renewed/privkey.pem" "$folder/privkey.pem"
  point_to "$(basename "$folder")"
  if ! sh -c "$RELOAD"; then
    if [ -n "$before" ]; then point_to "$before"; else rm "$in_use"; fi
    rm -rf "$folder"
    echo "$host: \"$RELOAD\" failed; the files in use stay as they were" >&2
    exit 3
  fi
  if [ -n "$before" ]; then rm -rf "${DEPLOYED:?}/$before"; fi
  echo "$host: the renewed certificate is in use"
}

# Says where the change stands; its exit code is the answer.
ask() {
  set -- "$host" --state "$STATE" --current "$in_use/fullchain.pem" \
    --next "$renewed/fullchain.pem"
  for port in $PORTS; do set -- "$@" --port "$port"; done
  # shellcheck disable=SC2086  # several words
  "$DANEBOUND" rollover "$@" $OPTIONS
}

# A timer and a hook may come at the same time.
mkdir -p "$DEPLOYED" "$(dirname "$STATE")"
exec 9>"$DEPLOYED/.$host.lock"
flock 9

[ -e "$in_use" ] || deploy
code=0
ask || code=$?
if [ "$code" = 0 ] &&
  ! cmp -s "$renewed/fullchain.pem" "$in_use/fullchain.pem"; then
  deploy
  ask || code=$?
fi
if [ -n "${RENEWED_LINEAGE:-}" ] && [ "$code" = 1 ]; then code=0; fi
exit "$code"
