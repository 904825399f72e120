#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client that deletes its only IPsec SA, as Windows does with one that was idle for five minutes: its session lives
# on, and a new SA is made by whoever of the two has something to say next.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

pairs() {
	ctl --json show esp | jq length
}

has_pairs() { # NUMBER
	[[ $(pairs) == "$1" ]]
}

# strongSwan's word for one CHILD_SA and no more.
delete_sa() {
	on pc1 "ipsec down 'vpn1{*}' >/dev/null; ipsec status | grep -q ESTABLISHED" && until_true 5 has_pairs 0
}

# Nothing is said by the gateway that would ask for an SA meanwhile.
gateway_start l2tp.hello=0 ppp.echo_interval=0
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1
session=$(sessions '.[0].session')

check "it deletes its IPsec SA" delete_sa
log_mark
check "its session stays" test "$(sessions '.[0].address')" = 192.168.0.1
check "and its address is answered for" arp_answers 192.168.0.1
check "when the LAN host wants something of it, a new SA is made, and packets pass" \
	until_true 20 lan ping -c 1 -W 1 192.168.0.1
check "the log says why" log_wait 'no SA to send on: asks the peer for one' 1

check "it deletes that, too" delete_sa
check "it makes a new one" on pc1 "ipsec up vpn1 >/dev/null"
check "packets pass at once" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "it is still the session that it was" test "$(sessions '.[0].session')" = "$session"
check "it has been so all the time" test "$(sessions '.[0].seconds')" -ge 5
check "the client disconnects" client pc1 down
check "no session is left" until_true 10 no_session
gateway_stop

# What the gateway itself has to ask brings the SA back as well, before the client would be taken for dead.
gateway_start l2tp.hello=5 ppp.echo_interval=5 ppp.echo_failures=3 pools='[192.168.0.1-192.168.0.1]'
check "the client connects" connects pc1 192.168.0.1
log_mark
check "it deletes its IPsec SA" on pc1 "ipsec down 'vpn2{*}' >/dev/null"
check "the gateway's own questions bring a new one" log_wait 'esp: aes128-sha1 spi' 20
check "the session stays" not log_wait 'session down' 20
check "packets pass" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
gateway_stop
