# shellcheck shell=bash
# For the scripts that run on a booted host: steps, and what they say.
failed=0

# step WHAT COMMAND…: the command must succeed.
step() {
  local what=$1
  shift
  if "$@" >/tmp/said 2>&1; then
    echo "held    $what"
  else
    echo "FAILED  $what: $(tail -3 /tmp/said)"
    failed=1
    journalctl -n 8 --no-pager -o cat
  fi
}
# said WORDS COMMAND…: the command succeeds, and its output has these words.
said() {
  local words=$1 code=0
  shift
  "$@" >/tmp/out 2>&1 || code=$?
  cat /tmp/out
  grep -qF -- "$words" /tmp/out && return $code
}
fails() { ! "$@"; }
is_soon() { for _ in {1..100}; do "$@" && return; sleep 0.1; done; return 1; }
# The last line of a script.
finish() { [[ $failed == 0 ]] && echo "all steps held"; }
