#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client deletes its only IPsec SA, as Windows does when it was idle for five minutes: the session
# lives on, and whichever end has something to send next makes a new SA.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

pairs() {
	ctl --json show esp | jq length
}

has_pairs() { # NUMBER
	[[ $(pairs) == "$1" ]]
}

# strongSwan deletes a CHILD_SA and nothing else.
delete_sa() {
	on pc1 "ipsec down 'vpn1{*}' >/dev/null; ipsec status | grep -q ESTABLISHED" &&
		until_true has_pairs 0
}

echo_requests() {
	on pc1 "grep -c 'rcvd \[LCP EchoReq' /run/client/ppp.log || :"
}

echo_requests_are() { # MORE-THAN
	(($(echo_requests) > $1))
}

# The gateway sends nothing that would need an SA meanwhile.
gateway_start l2tp.hello=0 ppp.echo_interval=0
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1
session=$(sessions '.[0].session') began=$SECONDS

check "it deletes its IPsec SA" delete_sa
log_mark
check "the session stays" test "$(sessions '.[0].address')" = 192.168.0.1
check "the gateway still answers ARP for its address" arp_answers 192.168.0.1
check "when the LAN host sends to it, the gateway asks for a new SA, and packets pass" \
	reaches lan 192.168.0.1
check "the log says so" log_wait 'no SA to send on: requesting one from the peer'

check "the client deletes that SA" delete_sa
check "the client makes a new one" on pc1 "ipsec up vpn1 >/dev/null"
check "packets pass at once" reaches pc1 192.168.0.100
check "it is still the same session" test "$(sessions '.[0].session')" = "$session"
check "it has been up all the time" test "$(sessions '.[0].seconds')" -ge $((SECONDS - began - 1))
check "the client disconnects" client pc1 down
check "no session is left" until_true no_session
gateway_stop

# The gateway's own questions bring the SA back as well, before it takes the client for dead.
gateway_start l2tp.hello=5 ppp.echo_interval=5 ppp.echo_failures=3 \
	pools='[192.168.0.1-192.168.0.1]'
# pppd logs echoes at the second level of debug.
check "the client connects" connects pc1 192.168.0.1 PPP=debug
log_mark
check "it deletes its IPsec SA" on pc1 "ipsec down 'vpn2{*}' >/dev/null"
check "the gateway's own questions bring a new one" log_wait 'esp: aes128-sha1 spi'
# Unanswered, three would be enough.
asked=$(echo_requests)
check "the gateway asks four times" until_true echo_requests_are $((asked + 3))
check "the session stays" not log_has 'session down'
check "packets pass" reaches pc1 192.168.0.100
gateway_stop
