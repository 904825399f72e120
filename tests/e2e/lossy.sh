#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Over a line that loses 30 % of all packets, duplicates some and reorders some, the client connects
# at its first try, before it would give up, stays connected while it has nothing to send, and
# leaves nothing behind.
#
#   pc1 10.0.0.1 ---- wan ---- y1 y0 [lossy.py] w1 ---- w0 [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start ppp.echo_interval=3 ppp.echo_failures=4 l2tp.hello=5
vm_start vm pc1

# The bad line is put between the bridge and the gateway.
ip link set w1 nomaster
ip link add y0 type veth peer name y1
ip link set y1 master wan up
ip link set y0 up
plain env y0
plain env y1
ip link set w1 promisc on
ip link set y0 promisc on
python3 "$e2e/lossy.py" y0 w1 >"$tmp/line.log" 2>"$tmp/line-error.log" &
line=$!
check "the bad line works" until_true grep -q ready "$tmp/line.log"

some_arrive() { # WHO ADDRESS
	local n
	n=$(from "$1" ping -c 50 -i 0.05 -W 1 "$2" 2>&1 | awk '/ received/ { print $4 }') || :
	note "${n:-0} of 50 pings over the bad line were answered"
	((${n:-0} > 5))
}

echo_requests() {
	on pc1 "grep -c 'rcvd \[LCP EchoReq' /run/client/ppp.log || :"
}

echo_requests_are() { # MORE-THAN
	(($(echo_requests) > $1))
}

# With pppd's own retransmission; it logs echoes at the second level of debug.
began=$SECONDS
check "the client connects over it" \
	connects pc1 192.168.0.1 PPP=$'debug\nlcp-restart 3\nlcp-max-configure 10'
note "after $((SECONDS - began)) s"
# The client may be up before the gateway has its last acknowledgement.
check "packets pass to the LAN" until_true some_arrive pc1 192.168.0.100
check "packets pass to the client" some_arrive lan 192.168.0.1
session=$(sessions '.[0].session')
# Half of them are lost, or their answers are. Four in a row would end the session.
log_mark
asked=$(echo_requests)
check "only the gateway sends anything, and six of its LCP echo requests arrive" \
	until_true echo_requests_are $((asked + 5))
check "it does not take the client for dead" not log_has 'session down'
check "it is still the same session" test "$(sessions '.[0].session')" = "$session"
check "packets still pass" some_arrive pc1 192.168.0.100
client pc1 down || :
check "nothing is left of the session" until_true no_session
kill "$line"
wait "$line" || :
read -r lost _ all < <(tail -n 1 "$tmp/line.log")
check "a quarter of all packets or more were lost" test "$((4 * lost))" -ge "$all"
note "$((100 * lost / all)) % of $all"
gateway_stop
