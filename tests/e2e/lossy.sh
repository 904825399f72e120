#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A line that loses 30 % of all packets, doubles some and delivers some out of order: the client connects at its first
# try and within its own patience, stays connected while it has nothing to say, and leaves nothing behind.
#
#   pc1 10.0.0.1 ---- wan ---- y1 y0 [lossy.py] w1 ---- w0 [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start ppp.echo_interval=3 ppp.echo_failures=4 l2tp.hello=5
vm_start vm pc1

# The line is cut between the bridge and the gateway, and spliced with a bad piece.
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
check "the bad line works" until_true 10 grep -q ready "$tmp/line.log"

arrives() { # COMMAND...: that runs a command on one side
	local n
	n=$("$@" "ping -c 50 -i 0.05 -W 1 $far" 2>&1 | awk '/ received/ { print $4 }') || :
	note "of 50 pings over the bad line, ${n:-0} were answered"
	((${n:-0} > 5))
}

# strongSwan gives up after 165 s.
began=$SECONDS
check "the client connects over it" connects pc1 192.168.0.1 TIMEOUT=165
note "after $((SECONDS - began)) s"
# The client may think itself up before the gateway has its last acknowledgement.
far=192.168.0.100 check "packets pass to the LAN" until_true 60 arrives on pc1
far=192.168.0.1 check "packets pass to the client" arrives lan bash -c
session=$(sessions '.[0].session')
# Ten intervals of LCP's echo, six of HELLO, and half of either lost with their answers.
log_mark
check "for half a minute nothing is said but by the gateway, and nobody is taken for dead" \
	not log_wait 'session down|terminating the link|does not|no longer answers' 30
check "it is still the same session" test "$(sessions '.[0].session')" = "$session"
far=192.168.0.100 check "packets still pass" arrives on pc1
client pc1 down || :
check "it leaves nothing behind" until_true 120 no_session
kill "$line"
wait "$line" || :
read -r lost _ all < <(tail -n 1 "$tmp/line.log")
check "of all packets, a quarter and more were lost" test "$((4 * lost))" -ge "$all"
note "$((100 * lost / all)) % of $all"
gateway_stop
