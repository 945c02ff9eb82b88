#!/bin/bash
# The part of packages.py that runs on the booted host, which has Postfix and the
# resolver of its provider. /root/steps/install.sh has README's commands.
# shellcheck disable=SC1091  # there on the booted host
. /root/steps.sh
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
lib=/usr/lib/danebound
conf=/etc/danebound/unbound.conf
local_profile=/etc/apparmor.d/local/usr.sbin.unbound
remains=(/etc/danebound /run/danebound /run/danebound-unbound /var/lib/danebound-unbound /usr/lib/danebound /usr/bin/danebound
  /usr/share/danebound /usr/share/doc/danebound /etc/systemd/system/unbound.service.d
  /usr/lib/systemd/system/unbound.service.d
  /usr/lib/systemd/system/danebound-serve.service)

is_dns_up() { getent hosts mx.matching.example; }
gives_verdict() { danebound lookup matching.example | grep -q '^matching.example: deliver'; }
runs() { [[ $(readlink /proc/"$(systemctl show -p MainPID --value unbound)"/exe) == "$1"* ]]; }
log() { journalctl --sync; journalctl -u unbound -n 60 --no-pager -o cat; }
main_process() { systemctl show -p MainPID --value unbound; }
has_main_process() { [[ $(main_process) != 0 ]]; }
# Waits until it is up, on a busy machine too, so that there is something to kill.
kill_unbound() {
  is_soon has_main_process && is_soon is_dns_up
  systemctl kill -s KILL --kill-who=main unbound && sleep 1.5
}
cpu_seconds() { awk '/^usage_usec/ { print int($2 / 1000000) }' /sys/fs/cgroup/cpu.stat; }
apt() { apt-get -qy "$@"; }
all_gone() {
  local path code=0
  for path in "$@"; do [[ ! -e $path ]] || { echo "$path is left"; code=1; }; done
  return $code
}

# is_fallen_back WORDS: Debian's Unbound runs, and the log says why.
is_fallen_back() {
  is_soon is_dns_up && runs /usr/sbin/unbound && said "$1" log
}
# is_whole: ours runs, with verdicts.
is_whole() {
  is_soon is_dns_up && is_soon gives_verdict && runs $lib/unbound
}
mail_to() {
  printf 'Subject: %s\n\n' "$1" | sendmail -f sender@host.example "user@$1"
}
is_delivered() {
  journalctl --sync
  journalctl -u 'postfix*' --no-pager -o cat | grep -q "to=<user@$1>.* status=sent"
}
is_deferred() { postqueue -j | grep -q "user@$1.*delay_reason"; }
is_below() { [ "$2" -lt "$1" ]; }
libraries() { ldd "$@" | awk '/=> \// { print $3 }' | sort -u; }
# One that ours needs, and Debian's does not.
own_library() {
  readlink -f "$(comm -13 <(libraries /usr/sbin/unbound) \
    <(libraries $lib/unbound $lib/danebound-module.so) | head -n 1)"
}
restart() { systemctl restart unbound; }

# What an earlier run left.
apt purge '*danebound*' unbound >/dev/null 2>&1
rm -rf /etc/danebound /etc/apt/sources.list.d/danebound.sources

# --- install ---
started=$(date +%s%N) cpu=$(cpu_seconds)
step "three commands install it, and put Postfix on it" \
  bash -eux /root/steps/install.sh
mail_to matching.example
step "a message is delivered" is_soon is_delivered matching.example
seconds=$((($(date +%s%N) - started) / 1000000000))
step "within two minutes of the first command" is_below 120 $seconds
echo "from nothing to a message delivered to a DANE domain: $seconds s," \
  "$(($(cpu_seconds) - cpu)) s of them CPU"
mail_to mismatching.example
step "where the certificate is another the message waits" \
  is_soon is_deferred mismatching.example
step "setup is undone" danebound setup postfix --undo --yes
postsuper -d ALL
printf 'nameserver 127.0.0.1\noptions trust-ad\n' >/etc/resolv.conf
step "there are verdicts, and no further step" is_whole
step "self-test passes" danebound self-test
step "Debian's unbound-checkconf is content" unbound-checkconf
step "Debian's unbound-control reaches it" unbound-control status
step "AppArmor's local file has our lines" grep -q $lib/unbound $local_profile
step "danebound serve is not started" \
  fails systemctl is-enabled danebound-serve.socket danebound-serve.service
systemd-analyze security unbound --no-pager | tail -1

# --- life ---
step "a reload goes through" systemctl reload unbound
step "and verdicts go on" is_whole
kill_unbound
step "a killed Unbound is back, with verdicts" is_whole

echo 'nonsense = 1' >>/etc/danebound/module.conf
step "a typo in module.conf: a reload says so" fails systemctl reload unbound
step "and names it" said 'unknown key "nonsense"' log
step "and verdicts go on" is_whole
restart
step "a restart leaves DNS up" is_soon is_dns_up
sed -i /nonsense/d /etc/danebound/module.conf
step "mended: a reload" systemctl reload unbound
step "brings verdicts back" is_whole

echo 'nonsense' >>$conf
step "a typo in danebound's unbound.conf: a reload says so" fails systemctl reload unbound
step "and verdicts go on" is_whole
step "a restart goes through" restart
step "with Debian's Unbound, and why" is_fallen_back "$conf is bad"
step "a reload is one of Debian's" systemctl reload unbound
sed -i '$d' $conf
step "mended: a restart" restart
step "brings verdicts back" is_whole

echo 'nonsense' >/etc/unbound/unbound.conf.d/typo.conf
step "a typo in Debian's: a reload says so" fails systemctl reload unbound
step "and verdicts go on" is_whole
rm /etc/unbound/unbound.conf.d/typo.conf

restart
for _ in 1 2 3; do kill_unbound; done
step "three crashes: Debian's Unbound" is_fallen_back "ended in disorder 3 times"
step "a restart" restart
step "brings verdicts back" is_whole

# A module that loads and cannot be started; by rename.
mv $lib/danebound-module.so /root/
cp /lib/x86_64-linux-gnu/libm.so.6 $lib/danebound-module.so
restart
step "a module that does not start: Debian's Unbound" is_fallen_back "did not start"
rm $lib/danebound-module.so
step "no module: a restart goes through" restart
step "with Debian's Unbound" is_fallen_back "cannot run with"
head -c 70000 /root/danebound-module.so >$lib/danebound-module.so
step "half a module: a restart goes through" restart
step "with Debian's Unbound" is_fallen_back "cannot run with"
mv -f /root/danebound-module.so $lib/
library=$(own_library)
mv "$library" /root/library
step "a library is gone: a restart goes through" restart
step "with Debian's Unbound" is_fallen_back "cannot run with"
mv /root/library "$library"
step "all there: a restart" restart
step "brings verdicts back" is_whole

# --- upgrades ---
step "Debian's unbound installed again" apt install --reinstall unbound
step "verdicts are back" is_whole
# One that is newer than ours.
mkdir /root/newer
dpkg-deb -R /var/cache/apt/archives/unbound_*.deb /root/newer
sed -i 's/^Version: .*/&.99/' /root/newer/DEBIAN/control
dpkg-deb -b /root/newer /root/newer.deb >/dev/null
rm -r /root/newer
step "Debian's unbound upgraded: apt says that ours is older" \
  said "WARNING: Debian's Unbound is" dpkg -i /root/newer.deb
step "verdicts are back" is_whole
step "and down again" apt install --reinstall --allow-downgrades \
  "unbound=$(dpkg-deb -f /var/cache/apt/archives/unbound_*.deb Version)"
step "ours installed again" apt install --reinstall danebound danebound-unbound
step "verdicts are back" is_whole
step "autoremove takes nothing that is needed" apt autoremove --purge
step "verdicts are as before" is_whole
step "after a restart, too" restart
step "with verdicts" is_whole

# --- away with it ---
step "ours is removed" apt remove danebound-unbound
step "Debian's Unbound runs" runs /usr/sbin/unbound
step "and DNS is up" is_soon is_dns_up
step "AppArmor's local file is as it was" fails grep -q danebound $local_profile
step "autoremove" apt autoremove --purge
step "leaves Debian's Unbound" is_soon is_dns_up
step "the drop-in is gone" all_gone /usr/lib/systemd/system/unbound.service.d
step "ours is installed again" apt install danebound-unbound
step "with verdicts" is_whole
step "Debian's unbound is purged, and takes ours along" apt purge unbound
step "both are installed again" apt install danebound-unbound
step "with verdicts" is_whole
step "all of ours is purged" apt purge '*danebound*'
step "nothing is left of it" all_gone "${remains[@]}"
step "no group either" fails getent group danebound
step "no unit" fails systemctl cat danebound-serve.service
step "Debian's Unbound runs" runs /usr/sbin/unbound
step "and DNS is up" is_soon is_dns_up
finish
