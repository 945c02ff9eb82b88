#!/bin/bash
# The part of mail_host.py that runs on the booted host. /root/steps has the
# commands of the pages, one file for each block; /root/steps/domains the domains
# that get mail.
# shellcheck disable=SC1091  # copied there, of this folder
. /root/steps.sh
cd /usr/local/share/danebound || exit 1

is_dns_up() { getent hosts mx.matching.example; }
is_mail_tried() { ! postqueue -j | grep -qE '"queue_name": "(active|incoming|maildrop)"'; }
gives_verdict() { danebound lookup matching.example | grep -q '^matching.example: deliver'; }
ask() { postmap -q "$1" socketmap:unix:/var/spool/postfix/danebound/socketmap.sock:QUERY; }
finds_nothing() { [[ -z $(ask "$1" 2>&1; echo $? >/tmp/code) && $(cat /tmp/code) == 1 ]]; }
mail_to() {
  printf 'Subject: %s\n\n' "$1" | sendmail -f sender@host.example "user@$1"
}
is_deferred() { postqueue -j | grep -q "user@$1"; }
unbound_conf=/etc/danebound/module.conf

ldconfig
# What an earlier run left.
rm -rf /etc/systemd/system/unbound.service.d /etc/danebound \
  /etc/unbound/unbound.conf.d/{danebound,log}.conf
systemctl daemon-reload
postsuper -d ALL
# The private tree is the Internet.
install -Dm644 /root/steps/tree.conf /etc/unbound/unbound.conf.d/tree.conf
install -m644 /root/steps/root.hints /etc/unbound/tree.hints
install -Dm644 /root/steps/root.key /usr/share/dns/root.key
install -o unbound -g unbound -m644 /root/steps/root.key /var/lib/unbound/root.key
systemctl restart unbound
systemd-analyze security unbound --no-pager | tail -1 >/root/security-before

# --- docs/install.md, "By hand" ---
step "files are put where the page says" bash -eux /root/steps/install.sh
step "unbound-checkconf takes the settings" \
  /usr/local/lib/danebound/unbound-checkconf /etc/danebound/unbound.conf
systemctl daemon-reload
step "Unbound starts with the module" systemctl restart unbound
step "self-test passes" danebound self-test
step "the module's settings are good" danebound self-test --check-config
systemd-analyze security unbound --no-pager | tail -1 >/root/security-after

# --- README, "Put Postfix on it" ---
install -m644 /root/steps/resolv.conf /etc/resolv.conf
step "Postfix starts" systemctl restart postfix
step "a domain with TLSA records prints dane-only" \
  said dane-only bash -eux /root/steps/listen.sh
step "one without prints nothing, and postmap ends with 1" \
  finds_nothing insecure.unsigned
step "Postfix is set up, and self-test --mta passes" bash -eux /root/steps/postfix.sh

# --- mail ---
while read -r domain; do mail_to "$domain"; done </root/steps/domains
step "each message is tried" is_soon is_mail_tried
step "mail that must wait waits" is_deferred mismatching.example
step "mail that may go is gone" fails is_deferred matching.example

# --- trouble ---
echo 'nonsense = 1' >>$unbound_conf
step "a reload with a typo in module.conf says so" fails systemctl reload unbound
step "and names the line" said 'unknown key "nonsense"' journalctl -u unbound -n 5 --no-pager
step "and verdicts go on" gives_verdict
systemctl restart unbound
step "a restart with the typo leaves DNS up" is_soon is_dns_up
step "and says why there are no verdicts" said nonsense fails danebound self-test
step "and Postfix defers" said "query error" fails ask mixed.example
sed -i '/nonsense/d' $unbound_conf
step "mending the file and a reload are enough" systemctl reload unbound
step "and verdicts are back" is_soon gives_verdict
mv $unbound_conf $unbound_conf.away
step "without the file a reload goes through" systemctl reload unbound
step "and verdicts go on" is_soon gives_verdict
mv $unbound_conf.away $unbound_conf
systemctl kill -s KILL unbound
step "a killed Unbound is back" is_soon is_dns_up
step "with verdicts" is_soon gives_verdict
systemctl restart unbound
step "a restart loses none" is_soon gives_verdict
# What many set: a log of its own.
install -d -o unbound /var/log/unbound
printf 'server:\n  logfile: "/var/log/unbound/log"\n' \
  >/etc/unbound/unbound.conf.d/log.conf
step "Unbound starts with a log of its own" systemctl restart unbound
step "and writes it" is_soon grep -q "start of service" /var/log/unbound/log
rm /etc/unbound/unbound.conf.d/log.conf
systemctl restart unbound
step "and verdicts are as before" is_soon gives_verdict

# What waits would go without danebound.
postsuper -d ALL

# --- README, to undo it ---
step "undoing works as README says" bash -eux /root/steps/undo.sh
mail_to insecure.unsigned
step "and mail goes without danebound" is_soon is_mail_tried
step "to where nothing is demanded" fails is_deferred insecure.unsigned

# --- the same by `danebound setup postfix` ---
set_up() { danebound setup postfix --known matching.example "$@"; }
# Asked with Ctrl-D, so never done.
set_up_says() { local words=$1; shift; said "$words" fails set_up "$@" </dev/null; }
is_as_before() { cmp /etc/postfix/main.cf /root/main.cf && [[ $(cat /etc/resolv.conf) == "$provider" ]]; }
provider=$(printf 'search example\nnameserver 192.0.2.53')
echo "$provider" >/etc/resolv.conf
systemctl restart postfix
for name in smtp_tls_policy_maps smtp_dns_support_level \
  smtp_tls_security_level; do
  postconf -X $name
done
postconf 'smtp_tls_policy_maps = inline:{own.example=may}'
cp /etc/postfix/main.cf /root/main.cf
step "setup says what is to do first" \
  set_up_says "192.0.2.53" --check --timeout 2
step "and does nothing unasked" set_up_says "say --yes" --timeout 2
step "as nothing was done" is_as_before
echo '# Generated by NetworkManager' >>/etc/resolv.conf
step "setup stops where somebody writes resolv.conf" \
  set_up_says "dns=none" --yes --timeout 2
echo "$provider" >/etc/resolv.conf
echo 'nonsense = 1' >>/etc/danebound/serve.conf
step "setup stops at a typo in serve.conf" set_up_says nonsense --yes --timeout 2
step "and main.cf is as before" cmp /etc/postfix/main.cf /root/main.cf
sed -i '/nonsense/d' /etc/danebound/serve.conf
step "setup stops where a name is not dane-only" \
  said "dane-only is wanted" fails danebound setup postfix --yes --known insecure.unsigned
step "and main.cf is as before" cmp /etc/postfix/main.cf /root/main.cf
step "setup goes through" set_up --yes
step "and again, with nothing to do" said "holds    main.cf" set_up --check
step "own tables stand before danebound" said \
  "inline:{own.example=may}, socketmap:unix:danebound" postconf -h smtp_tls_policy_maps
step "self-test --mta passes" danebound self-test --mta
while read -r domain; do mail_to "$domain"; done </root/steps/domains
step "each message is tried" is_soon is_mail_tried
step "mail that must wait waits" is_deferred mismatching.example
step "mail that may go is gone" fails is_deferred matching.example
postsuper -d ALL
# What the operator does between.
map=$(postconf -h smtp_tls_policy_maps)
postconf "smtp_tls_policy_maps = $map, inline:{later.example=may}"
step "undo stops while Postfix would still ask" \
  set_up_says "still asks" --undo --yes
step "and leaves what that rests on" \
  said dnssec postconf -h smtp_dns_support_level
step "the resolver, too" grep -q 127.0.0.1 /etc/resolv.conf
postconf "smtp_tls_policy_maps = $map"
step "setup is undone" set_up --undo --yes
step "and all is as before" is_as_before
set_up --yes >/dev/null
postconf 'smtp_tls_policy_maps = inline:{other.example=may}'
set_up --yes >/dev/null
step "what the operator set between two runs" set_up --undo --yes
step "is put back" \
  said "= inline:{other.example=may}" postconf -n smtp_tls_policy_maps
postconf 'smtp_tls_policy_maps = inline:{own.example=may}'
postconf smtp_enforce_tls=yes
step "setup stops where old settings would be weakened" \
  set_up_says "smtp_tls_security_level=encrypt" --yes
postconf -X smtp_enforce_tls
set_up --undo --yes >/dev/null
step "and that is undone" is_as_before
echo "$provider" >/etc/resolv.conf
printf 'server:\n  interface: 127.0.0.5\n' >/etc/unbound/unbound.conf.d/other.conf
systemctl restart unbound
step "setup stops where Unbound listens elsewhere" \
  set_up_says "Let Unbound answer at 127.0.0.1" --yes --timeout 2
step "and leaves resolv.conf" is_as_before
rm /etc/unbound/unbound.conf.d/other.conf
systemctl restart unbound
step "nobody asks danebound" fails systemctl is-active danebound-serve.socket
step "there is nothing more to undo" set_up_says "nothing was set up" --undo --yes
step "setup --audit goes through" set_up --yes --audit
step "and mail would go as before" finds_nothing mismatching.example
step "log-summary says what would wait" said mismatching.example \
  fails bash -c "journalctl -u danebound-serve -o cat --no-pager | danebound log-summary"
step "and it is undone" set_up --undo --yes
step "with serve.conf" fails grep -q '^policy' /etc/danebound/serve.conf
finish
