divert(-1)
# Sendmail takes from danebound serve what it must demand of a next hop; see
# docs/mta/sendmail.md. For sendmail.mc, after its mailers. No macro is named
# here without quotes, as m4 would expand it.
#
# `DANEBOUND_SOCKET'  of danebound serve, protocol socketmap.
# `DANEBOUND_RELAY'   where messages go whose next hop must be authenticated by
#                     TLSA: a mail server that does that, best in brackets. Left
#                     out, such messages wait in the queue.
#
# The next hop of a connection is checked before its first message, and each
# recipient before it is named to the server. What is not understood defers.
ifdef(`DANEBOUND_SOCKET', `',
  `define(`DANEBOUND_SOCKET', `/run/danebound-serve/socketmap.sock')')
define(`_FULL_TLS_CONNECTION_CHECK_', `1')
# danebound follows CNAMEs itself, and knows which of them are secure.
define(`confDONT_EXPAND_CNAMES', `True')

LOCAL_CONFIG
# Of danebound: the name is sent along, and must be this one. A lookup that fails
# leaves <TMPF>, and does not queue the message by itself: DaneboundCheck says why.
Ksendmail socket -d45 -t -T<TMPF> local:DANEBOUND_SOCKET

ifdef(`SMART_HOST', `', `
LOCAL_NET_CONFIG
# What comes to here goes to the MX hosts of its own domain. Before a recipient
# is named to a server just that is asked.
R$* < @ $+ > $*			$: $&{danebound} $| $1 < @ $2 > $3
Rdirect $| $* < @ $+ > $*	$@ direct $2
R$* $| $*			$: $2
ifdef(`DANEBOUND_RELAY', `dnl
# Recipients alone, not senders; again at each attempt to deliver.
R$* < @ $+ > $*			$: $&{addr_type} $| $1 < @ $2 > $3
Re r $| $* < @ $+ > $*		$: $(sendmail $2 $: none $) $| $1 < @ $2 > $3
Rauthenticate $| $*		$#relay $@ DANEBOUND_RELAY $: $1
R$* $| $*			$: $2
')')

LOCAL_TLS_RCPT
# A transaction may have recipients of several domains with the same MX hosts,
# and $h is only the first of them.
R$*				$: $(macro {danebound} $@ direct $) $1
R$*				$: $1 $| $>parse $>canonify $1
R$*				$: $(macro {danebound} $) $1
R$* $| direct $+		$@ $>DaneboundCheck $2
R$*				$@ $>DaneboundCheck $&h

LOCAL_TLS_SERVER
R$*				$@ $>DaneboundCheck $&h

LOCAL_RULESETS
# Is the connection good enough for this next hop?
SDaneboundCheck
# A mailer without a host, LMTP to this machine for instance.
R$@				$@ OK
ifdef(`DANEBOUND_RELAY', `dnl
R$*				$: $&h $| $1
R`'DANEBOUND_RELAY $| $*	$@ OK
R$* $| $*			$: $2
')dnl
R$*				$: $(sendmail $1 $: none $) $| $1
Rnone $| $*			$@ OK
RTEMP + ENCR : $- $| $*		$@ $>"TLS_connection" $&{verify} $| < TEMP + ENCR : $1 >
Rauthenticate $| $*		$#error $@ 4.7.5 $: "450 danebound: authenticate: only TLSA may vouch for the hosts of " $1
Rdefer : $- $| $*		$#error $@ 4.4.3 $: "450 danebound: " $1 ": no host may be used now of " $2
R$* $| $*			$#error $@ 4.4.3 $: "450 danebound: no answer for " $2
divert(0)
