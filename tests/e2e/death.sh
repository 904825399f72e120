#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client whose power is cut comes back at once; the gateway notices one that never comes back.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start l2tp.hello=5 ppp.echo_interval=5 ppp.echo_failures=3
vm_start before pc1
check "the client connects" connects pc1 192.168.0.1
vm_kill before

log_mark
vm_start after pc1
check "after a power cut it connects at its first try, with the address that it had" \
	connects pc1 192.168.0.1
check "its old session is gone" has_sessions 1
check "it reaches the LAN host" reaches pc1 192.168.0.100

# Its programs die, its kernel lives: the same address and port, a new ISAKMP SA and tunnel a second
# later.
on pc1 'kill -9 $(cat /run/starter.charon.pid /run/charon.pid) $(pidof -s xl2tpd) $(pidof -s pppd)
	rm -f /run/*charon.* /run/xl2tpd/*; ip xfrm state flush; ip xfrm policy flush'
check "the client's ppp0 went with its pppd" client pc1 gone
check "after a crash of its programs it connects at its first try" connects pc1 192.168.0.1
check "its old session is gone" has_sessions 1

log_mark
vm_kill after
check "the gateway notices that the client stays away" log_wait 'session down: user=user-01.*why="'
check "nothing is left of it" until_true no_session
check "the gateway does not answer ARP for its address" arp_silent 192.168.0.1
gateway_stop
