#!/bin/bash
# The part of serve_units.sh that runs on the booted host.
socket=/var/spool/postfix/danebound/socketmap.sock
conf=/etc/danebound/serve.conf
# shellcheck disable=SC1091  # copied there, of this folder
. /root/steps.sh

# One question as Postfix asks it; prints the reply.
ask() {
  # shellcheck disable=SC2016  # Perl has variables of its own
  timeout "${1:-5}" perl -MIO::Socket::UNIX -e '
    my $socket = IO::Socket::UNIX->new(Peer => $ARGV[0]) or exit 1;
    my $question = "QUERY example.org";
    print $socket length($question), ":$question,";
    $socket->flush; sysread($socket, my $reply, 4096) or exit 1;
    print "$reply\n";' "$socket"
}
cd /usr/local/share/danebound || exit 1
ldconfig
install -Dm644 sysusers.conf /etc/sysusers.d/danebound.conf
install -Dm644 serve.conf $conf
install -Dm644 serve-service.conf /etc/systemd/system/danebound-serve.service
install -Dm644 serve-socket.conf /etc/systemd/system/danebound-serve.socket
systemd-sysusers
id postfix 2>/dev/null || useradd --system postfix
systemctl daemon-reload

step "the socket is there" systemctl enable --now danebound-serve.socket
# The first who ask wait for the module, which is not there.
step "Postfix gets an answer" ask 15
step "a reload with good settings" systemctl reload danebound-serve
echo 'nonsense = 1' >>$conf
step "a reload with a typo says so" fails systemctl reload danebound-serve
step "and Postfix gets answers" ask
step "a restart with a typo says so" fails systemctl restart danebound-serve
for _ in {1..10}; do ask 30 >/dev/null 2>&1 & done
sleep 8
step "the socket stays" systemctl is-active danebound-serve.socket
sed -i '/nonsense/d' $conf
step "mending the file is enough" is_soon ask 1
mv $conf $conf.away
step "a reload without the file says so" fails systemctl reload danebound-serve
step "a file that is moved away stops nothing" ask
systemctl kill -s HUP danebound-serve
step "and takes no setting away" \
  is_soon sh -c 'journalctl -u danebound-serve | grep -q reload-failed'
systemctl kill -s KILL danebound-serve
sleep 2
step "a killed daemon waits for the file" fails ask 5
: >$conf
step "and for what is in it" fails ask 5
mv $conf.away $conf
step "a killed daemon is back" is_soon ask 1
step "the service brings its socket" sh -c '
  systemctl stop danebound-serve.socket danebound-serve.service &&
  systemctl start danebound-serve.service &&
  systemctl is-active danebound-serve.socket'
step "Postfix gets an answer from it" ask 15
finish
