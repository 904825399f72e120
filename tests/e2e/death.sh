#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client whose power is cut comes back at once; one that never comes back is found out.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start l2tp.hello=5 ppp.echo_interval=5 ppp.echo_failures=2
vm_start before pc1
check "the client connects" connects pc1 192.168.0.1
vm_kill before

log_mark
vm_start after pc1
check "after a power cut it connects at its first try, with the address that it had" \
	connects pc1 192.168.0.1
check "the old session is gone" test "$(sessions length)" = 1
check "it reaches the LAN host" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"

# Its programs die, its kernel lives: the same address and port, new IKE SA and tunnel, a second later.
on pc1 'kill -9 $(cat /run/starter.charon.pid /run/charon.pid) $(pidof -s xl2tpd) $(pidof -s pppd); rm -f /run/*charon.* /run/xl2tpd/*; ip xfrm state flush; ip xfrm policy flush'
check "the client's ppp0 went with its pppd" client pc1 gone 10
check "after a crash of its programs it connects at its first try" \
	connects pc1 192.168.0.1
check "the old session is gone" test "$(sessions length)" = 1

log_mark
vm_kill after
check "one that stays away is found out" log_wait 'session down: user=user-01.*why="' 60
check "and nothing is left of it a minute later" until_true 80 no_session
check "nobody answers ARP for its address" not arp_answers 192.168.0.1
gateway_stop
