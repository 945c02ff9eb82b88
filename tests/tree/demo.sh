#!/bin/bash
# Prints the verdicts of the scenarios marked `demo`: the first question of each,
# asked by the command through the module in an Unbound of its own, or with
# --embedded.
#
#   demo.sh DANEBOUND [UNBOUND MODULE]  paths; --embedded without the two
#   exit code                           1: a question got no verdict
set -euo pipefail

# Options of a question, "require port=26", as arguments: --require --port 26.
ask() {
  local danebound=$1 next_hop=$2 choices=$3 choice arguments=() status=0
  [[ $way != embedded ]] ||
    arguments=(--embedded --unbound-conf "$DANEBOUND_TREE_CONF")
  for choice in $choices; do
    arguments+=("--${choice%%=*}")
    [[ $choice != *=* ]] || arguments+=("${choice#*=}")
  done
  "$danebound" lookup "$next_hop" "${arguments[@]}" </dev/null || status=$?
  # 2 and 3: a verdict, but the message cannot be delivered, or not now.
  [[ $status == 0 || $status == 2 || $status == 3 ]]
}

tree=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/tree.py
if [[ $1 != --inside ]]; then
  unbound=(${2:+--unbound "$2" --module "$3"})
  exec /usr/bin/python3 "$tree" run "${unbound[@]}" --only demo -- \
    "${BASH_SOURCE[0]}" --inside "$1" "${2:+module}"
fi

way=${3:-embedded}
failed=0
while IFS=$'\037' read -r _ next_hop choices title; do
  printf '\n# %s\n' "$title"
  ask "$2" "$next_hop" "$choices" || failed=1
done < <(/usr/bin/python3 "$tree" list --only demo | awk -F'\t' '!seen[$1]++' |
  tr '\t' '\037')
exit $failed
