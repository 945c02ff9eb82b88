#!/bin/sh
# Deploys a renewed certificate when its TLSA records allow it.
#
#   rollover-deploy.sh NAME       from the timer danebound-rollover@NAME
#   rollover-deploy.sh            as the hook of an ACME client, for settings
#                                 that read what it renewed:
#                                   certbot     deploy hook
#                                   acme.sh     --renew-hook
#                                   lego        --renew-hook
#                                   dehydrated  HOOK=; its calls but for
#                                               deploy_cert are passed over
#
# Renewed files wait where the client puts them; the mail server reads copies:
#
#   $CHAIN, $KEY         renewed
#   $DEPLOYED/NAME       in use: a link to a folder with fullchain.pem and
#                        privkey.pem, changed at one stroke
#
# Settings, from the environment or from $SETTINGS/NAME.conf, a shell script that
# may be empty:
#
#   HOSTS      the hosts that show the certificate, default NAME; all of them
#              have to be ready
#   PORTS      ports with TLSA records, default "25"
#   CHAIN      the renewed chain, default $LIVE/NAME/fullchain.pem
#   KEY        and its private key, default $LIVE/NAME/privkey.pem
#   RELOAD     the shell commands that make all that show the certificate read
#              their files, default "systemctl reload postfix". The first one
#              that fails ends them; then the old files are put back, and all
#              are called again
#   DAYS       fewer days left for the certificate in use, and nothing that may
#              be deployed, are a failure; default 14
#   NSUPDATE   a shell command that gets what is to change as commands for
#              nsupdate, "nsupdate -k /etc/danebound/tsig.key"; default none
#   PUBLISH    a shell command that is called for each record, with more words:
#                add OWNER TTL "3 1 1 0b9f…" TLSA
#                remove OWNER "3 1 1 0b9f…" TLSA
#              and for a host that has its addresses by a wildcard alone, before
#              the first of those, which ends that (RFC 4592 2.2.2):
#                add OWNER TTL "192.0.2.1" A      or AAAA, or CNAME
#              default none
#   PUBLISH_JSON  a shell command that is called once for each host, with all
#              that is to change as JSON on standard input:
#                {"host": "mx.example.org", "add": [{"zone": "example.org",
#                 "owner": "_25._tcp.mx.example.org", "type": "TLSA",
#                 "usage": 3, "selector": 1, "matching": 1, "data": "0b9f…",
#                 "record": "3 1 1 0b9f…", "ttl": 3600}], "remove": []}
#              default none
#   KEEP       records that stand on purpose, "3 1 1 0b9f…", one a line; default
#              none
#   RECORDS    parameters of the records to begin with, "3 1 1", one a line;
#              default what `danebound rollover` has
#   OPTIONS    more for `danebound rollover`, in words without blanks: "-4",
#              "--resolver 127.0.0.1", "--standby /etc/danebound/tls/next.key"
#   LIVE, DEPLOYED, STATE   paths, see below; two settings of one host and port
#              need a STATE each
#   LOCK_WAIT  seconds to wait for another run of the same settings, default 300
#
# Exit codes: those of `danebound rollover`; 0 when the renewed certificate is
# in use and its records are right. A hook ends with 0 when it is in use. What
# fails here (a full disk, RELOAD, NSUPDATE, PUBLISH) is 3.
#
# What name servers say is validated with DNSSEC: nothing is deployed, published
# or removed by an answer of a signed zone that does not verify.
set -eu

say() { echo "rollover-deploy: $*" >&2; }

# ---- how it ends -------------------------------------------------------------

fresh=
in_use=
is_finished=

# The only way out. "set -e" ends with a command's own code, which may be 1.
finish() {
  is_finished=yes
  exit "$1"
}

# Keeps no copies but those in use.
# shellcheck disable=SC2317  # trap calls it
at_end() {
  if [ -n "$fresh" ] &&
    [ "$(readlink "$in_use" || true)" != "$(basename "$fresh")" ]; then
    rm -rf "$fresh"
  fi
  if [ -z "$is_finished" ]; then
    say "${name:-}: a command failed, see above; nothing more is done"
    exit 3
  fi
}
trap at_end EXIT
trap 'say "${name:-}: told to end"; finish 3' HUP INT TERM

SETTINGS=${SETTINGS:-/etc/danebound/rollover}
ACME_SH=${ACME_SH:-/root/.acme.sh}
if [ -n "${RENEWED_LINEAGE:-}" ]; then LIVE=$(dirname "$RENEWED_LINEAGE"); fi
: "${LIVE:=/etc/letsencrypt/live}"

# ---- which settings ----------------------------------------------------------

: "${STATE:=/var/lib/danebound/rollover.json}"

# Prints what a settings file, or none, makes of a variable.
# shellcheck disable=SC2030,SC2031  # in a shell of its own, on purpose
setting_of() {
  (
    name=$1
    if [ -e "$SETTINGS/$name.conf" ]; then
      # shellcheck disable=SC1090  # the operator's
      . "$SETTINGS/$name.conf" >/dev/null
    fi
    : "${HOSTS:=$name}" "${CHAIN:=$LIVE/$name/fullchain.pem}" "${PORTS:=25}"
    case $2 in
      HOSTS) echo "$HOSTS" ;;
      CHAIN) echo "$CHAIN" ;;
      # What is kept of which records: HOST:PORT@FILE, one a line.
      KEPT)
        for host in $HOSTS; do
          host=$(echo "${host%.}" | tr '[:upper:]' '[:lower:]')
          for port in $PORTS; do echo "$host:$port@$STATE"; done
        done
        ;;
    esac
  )
}

names() {
  for file in "$SETTINGS"/*.conf; do
    if [ -r "$file" ]; then basename "$file" .conf; fi
  done
}

# Prints the names of the settings that read a chain.
names_that_read() {
  for each in $(names); do
    # shellcheck disable=SC3013  # dash and all else have it
    if [ "$(setting_of "$each" CHAIN)" -ef "$1" ]; then echo "$each"; fi
  done
}

# Says which other settings keep what they know of the same records in the same
# file: each would have the other's records removed.
fail_with_others() {
  kept=$(setting_of "$1" KEPT)
  for each in $(names); do
    if [ "$each" = "$1" ]; then continue; fi
    both=$(setting_of "$each" KEPT | grep -Fx -e "$kept" | head -n 1)
    if [ -n "$both" ]; then
      say "$1 and $each are both of ${both%%@*}: give each a STATE= of its own" \
        "in $SETTINGS/$1.conf and $SETTINGS/$each.conf; nothing is done"
      finish 3
    fi
  done
}

# Whether a name of a certificate, perhaps with "*", is the host's.
covers() {
  case $1 in
    "$2") true ;;
    "*."*) [ "${2#*.}" = "${1#??}" ] ;;
    *) false ;;
  esac
}

# A renewed certificate that no settings read: says so, and fails where it is of
# a host whose settings read nothing.
pass_over() {
  lineage=$(basename "$(dirname "$1")")
  say "$1 was renewed, of ${RENEWED_DOMAINS:-$lineage}: no settings in" \
    "$SETTINGS read it, nothing is done. Where a mail server shows it, write" \
    "$SETTINGS/$lineage.conf with HOSTS=, CHAIN=$1 and KEY="
  code=0
  set -f
  for domain in ${RENEWED_DOMAINS:-}; do
    set +f
    for each in $(names); do
      for host in $(setting_of "$each" HOSTS); do
        chain=$(setting_of "$each" CHAIN)
        if covers "$domain" "$host" && ! [ -e "$chain" ]; then
          say "$SETTINGS/$each.conf is of $host and reads $chain, which is" \
            "not there: give it CHAIN=$1"
          code=3
        fi
      done
    done
  done
  finish $code
}

# The chain that an ACME client tells of; none: it is not one who calls.
renewed_chain() {
  if [ -n "${RENEWED_LINEAGE:-}" ]; then
    echo "$RENEWED_LINEAGE/fullchain.pem"
  elif [ "${1:-}" = deploy_cert ]; then
    echo "$5"
  elif [ $# = 0 ]; then
    echo "${CERT_FULLCHAIN_PATH:-${LEGO_CERT_PATH:-}}"
  fi
}

chain=$(renewed_chain "$@")
if [ -n "$chain" ]; then
  found=$(names_that_read "$chain")
  [ -n "$found" ] || pass_over "$chain"
  worst=0
  for each in $found; do
    code=0
    env -u RENEWED_LINEAGE -u CERT_FULLCHAIN_PATH -u LEGO_CERT_PATH AS_HOOK=1 \
      LIVE="$LIVE" "$0" "$each" || code=$?
    [ "$code" -le "$worst" ] || worst=$code
  done
  finish $worst
fi

name=${1:-}
if [ -z "$name" ]; then
  say "usage: rollover-deploy.sh NAME"
  finish 3
fi
if [ -e "$SETTINGS/$name.conf" ]; then
  fail_with_others "$name"
  # shellcheck disable=SC1090  # the operator's
  . "$SETTINGS/$name.conf"
else
  # dehydrated's other calls. The last is to see that more are borne.
  case $name in
    startup_hook | exit_hook | deploy_challenge | clean_challenge | sync_cert | \
      deploy_ocsp | unchanged_cert | invalid_challenge | request_failure | \
      generate_csr | this_hookscript_is_broken__*) finish 0 ;;
  esac
  fail_with_others "$name"
fi
# shellcheck disable=SC2031  # set by the settings, not by setting_of
: "${HOSTS:=$name}" "${PORTS:=25}" "${RELOAD:=systemctl reload postfix}"
# shellcheck disable=SC2031
: "${CHAIN:=$LIVE/$name/fullchain.pem}" "${KEY:=$LIVE/$name/privkey.pem}"
: "${OPTIONS:=}" "${DAYS:=14}" "${NSUPDATE:=}" "${PUBLISH:=}" "${AS_HOOK:=}"
: "${PUBLISH_JSON:=}" "${KEEP:=}" "${RECORDS:=}"
: "${DEPLOYED:=/etc/danebound/tls}" "${DANEBOUND:=danebound}"
: "${LOCK_WAIT:=300}"
in_use=$DEPLOYED/$name

for file in "$CHAIN" "$KEY"; do
  if [ -r "$file" ]; then continue; fi
  # shellcheck disable=SC2012  # for people
  say "$name: $file can't be read. Say CHAIN= and KEY= in" \
    "$SETTINGS/$name.conf. Found:" \
    "$(ls -d "$LIVE/$name"* "$ACME_SH/$name"* 2>/dev/null | tr '\n' ' ')"
  finish 3
done

# ---- one at a time; a timer and a hook may come together ---------------------

mkdir -p "$DEPLOYED"
lock=$DEPLOYED/.$name.lock
(umask 077 && : >>"$lock")
chmod 600 "$lock" # who can read it can hold it
exec 9>>"$lock"
if ! flock -w "$LOCK_WAIT" 9; then
  say "$name: another run has held $lock for $LOCK_WAIT seconds"
  finish 3
fi

# The copy is for the owner alone; the client's file may not be.
if [ -n "$(find -L "$KEY" -maxdepth 0 -perm -o=r)" ]; then
  say "$name: everybody can read this private key: chmod o= $KEY"
fi

# What is judged is what is deployed, whatever the client does meanwhile.
fresh=$(mktemp -d "$DEPLOYED/$name.XXXXXX")
chmod 755 "$fresh"
install -m 644 "$CHAIN" "$fresh/fullchain.pem"
install -m 600 "$KEY" "$fresh/privkey.pem"
sync "$fresh/fullchain.pem" "$fresh/privkey.pem" "$fresh"

# Makes $in_use a link to a folder beside it.
point_to() {
  ln -sfn "$1" "$DEPLOYED/$1.link"
  mv -T "$DEPLOYED/$1.link" "$in_use"
  sync "$DEPLOYED"
}

# Has the operator's command run, without the lock: what it starts may stay.
run() { sh -c "$@" 9>&-; }

# Has the mail server read the files in use, and leaves a mark beside them that
# it did. Of several commands each has to succeed.
reload() {
  rm -f "$in_use/reloaded"
  sh -e -c "$RELOAD" 9>&- && : >"$in_use/reloaded"
}

# Puts the files back that were in use. Those who read the new ones already read
# them again; who does not, the next run tries again.
put_back() {
  if [ -z "$before" ]; then
    rm "$in_use"
    say "$name: \"$RELOAD\" failed; nothing is in use"
    return
  fi
  point_to "$before"
  if reload; then
    say "$name: \"$RELOAD\" failed; the files in use stay as they were, and" \
      "all have read them again"
  else
    say "$name: \"$RELOAD\" failed, and again with the files that were in use" \
      "before and are again: who showed the new ones already may still do"
  fi
}

# Puts the copies in use. A reader sees both old files or both new ones; where
# the mail server does not take them, the old ones stay.
deploy() {
  before=$(readlink "$in_use" || true)
  point_to "$(basename "$fresh")"
  if ! reload; then
    put_back
    finish 3
  fi
  if [ -n "$before" ]; then rm -rf "${DEPLOYED:?}/$before"; fi
  echo "$name: the renewed certificate is in use"
}

is_in_use() { cmp -s "$fresh/fullchain.pem" "$in_use/fullchain.pem"; }

# Asks about one host, with more words for `danebound rollover`.
rollover() {
  host=$1
  shift
  for port in $PORTS; do set -- "$@" --port "$port"; done
  while read -r record; do
    if [ -n "$record" ]; then set -- "$@" --keep "$record"; fi
  done <<END
$KEEP
END
  while read -r record; do
    if [ -n "$record" ]; then set -- "$@" --record "$record"; fi
  done <<END
$RECORDS
END
  # shellcheck disable=SC2086  # several words
  "$DANEBOUND" rollover "$host" --state "$STATE" "$@" $OPTIONS 9>&-
}

# Asks about the change of one; $next has the renewed files, also when they are
# in use.
question() {
  host=$1
  shift
  rollover "$host" --current "$in_use/fullchain.pem" \
    --next "$next/fullchain.pem" --key "$next/privkey.pem" "$@"
}

# Says what makes the exit code 3, whatever else there is.
has_failed=
fails() {
  say "$*"
  has_failed=yes
}

# Calls PUBLISH for each record, read from commands for nsupdate.
call_for_each() {
  while read -r word verb owner rest; do
    case "$word $verb" in
      "update add")
        ttl=${rest%% *}
        rest=${rest#* IN }
        set -- add "$owner" "$ttl" "${rest#* }" "${rest%% *}"
        ;;
      "update delete")
        rest=${rest#IN }
        set -- remove "$owner" "${rest#* }" "${rest%% *}"
        ;;
      *) continue ;;
    esac
    run "$PUBLISH \"\$@\"" publish "$@" </dev/null || return 1
  done
}

publish_json() {
  if [ -z "$PUBLISH_JSON" ]; then return 0; fi
  changes=$(question "$1" --changes 2>/dev/null) || true
  if [ -z "$changes" ]; then return 0; fi
  printf '%s\n' "$changes" | run "$PUBLISH_JSON" ||
    fails "$1: \"$PUBLISH_JSON\" failed"
}

# Has records published and removed, where somebody does that.
publish() {
  for host in $HOSTS; do
    publish_json "$host"
    if [ -z "$NSUPDATE$PUBLISH" ]; then continue; fi
    changes=$(question "$host" --nsupdate 2>/dev/null) || true
    if [ -z "$changes" ]; then continue; fi
    if [ -n "$NSUPDATE" ]; then
      printf '%s\n' "$changes" | run "$NSUPDATE" ||
        fails "$host: \"$NSUPDATE\" failed"
    fi
    if [ -n "$PUBLISH" ]; then
      printf '%s\n' "$changes" | call_for_each ||
        fails "$host: \"$PUBLISH\" failed"
    fi
  done
}

# Says where the change stands; its exit code, the worst of all hosts, is the
# answer.
ask() {
  publish
  worst=0
  for host in $HOSTS; do
    answer=0
    question "$host" --days "$DAYS" || answer=$?
    [ "$answer" -le "$worst" ] || worst=$answer
  done
  return $worst
}

# Whether the files may be the first ones in use: TLSA records that are there
# already must not refuse them. Nothing is published for that, because caches
# hold what was there before; and nothing is kept of it, because what is in use
# elsewhere would count as replaced.
begin() {
  worst=0
  for host in $HOSTS; do
    answer=0
    said=$(
      STATE=$fresh/asked
      rollover "$host" --current "$fresh/fullchain.pem" \
        --key "$fresh/privkey.pem"
    ) || answer=$?
    rm -f "$fresh/asked" "$fresh/asked.lock"
    if [ "$answer" -gt 1 ]; then printf '%s\n' "$said"; fi
    [ "$answer" -le "$worst" ] || worst=$answer
  done
  if [ "$worst" -le 1 ]; then return 0; fi
  say "$name: $in_use is not there, and the TLSA records do not allow $CHAIN as" \
    "the first certificate, or could not be had, see above: nothing is" \
    "deployed. Where another one is in use, move its link there (mv" \
    "$DEPLOYED/OLDNAME $in_use, when settings were renamed); where none is," \
    "publish the records and wait for twice their TTL"
  return "$worst"
}

# ---- now ---------------------------------------------------------------------

next=$fresh
if ! [ -e "$in_use" ]; then
  of_first=$("$DANEBOUND" tlsa create --certificate 1 "$fresh/fullchain.pem")
  if [ "$of_first" != "$("$DANEBOUND" tlsa create "$fresh/privkey.pem")" ]; then
    say "$name: $KEY is not the private key of the first certificate of" \
      "$CHAIN, which the mail server shows as its own; nothing is deployed"
    finish 3
  fi
  begin || finish $?
  deploy
  next=$in_use
elif ! [ -e "$in_use/reloaded" ]; then
  if ! reload; then
    say "$name: \"$RELOAD\" failed; the mail server may still show the" \
      "certificate before the one in use, so no record is changed"
    finish 3
  fi
fi
code=0
ask || code=$?
if [ "$code" = 0 ] && ! is_in_use; then
  deploy
  next=$in_use
  ask || code=$?
fi
if is_in_use; then
  if [ -n "$AS_HOOK" ] && [ "$code" = 1 ]; then code=0; fi
else
  say "$name: the renewed certificate is NOT in use yet, see above; the timer" \
    "danebound-rollover@$name.timer goes on"
fi
if [ -n "$has_failed" ]; then code=3; fi
finish "$code"
