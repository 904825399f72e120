#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway answers ARP on the LAN for itself and for leased addresses, and for no others; an address that a
# host of the LAN has is never leased.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100, and what it takes of the pool
source "$(dirname "$0")/_init.sh"

in_conflict() { # COUNT
	[[ $(counter addresses conflict) == "$1" ]]
}

lan_host_mac() {
	ip -n lan -j link show l1 | jq -r '.[0].address'
}

# A host takes 192.168.0.1 before there is a gateway.
lan ip addr add 192.168.0.1/24 dev l1
gateway_start
vm_start vm pc1
check "the address that a host has is found" until_true 10 in_conflict 1
check "the gateway answers for itself" arp_answers 192.168.0.254
check "the gateway does not answer for a free address of the pool" not arp_answers 192.168.0.2
check "the client gets the next address" connects pc1 192.168.0.2
check "the gateway answers for the leased address" arp_answers 192.168.0.2
check "the gateway does not answer for the next one" not arp_answers 192.168.0.3
check "the client reaches the host that has 192.168.0.1" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.1"

# A host takes the leased address as well: it is defended once, and given up at the next sign of it (RFC 5227, 2.4).
log_mark
lan ip addr add 192.168.0.2/24 dev l1
lan arping -q -U -c 1 -I l1 192.168.0.2 || :
check "a conflict on a leased address is logged, and defended" \
	log_wait "$(lan_host_mac) uses the leased address 192\.168\.0\.2: defended" 10
check "the session goes on" test "$(sessions '.[0].address')" = 192.168.0.2
lan arping -q -U -c 1 -I l1 192.168.0.2 || :
check "at the next conflict the address is given up" log_wait 'leased address 192\.168\.0\.2: given up' 10
check "its session ends, and the log says why" log_wait 'session down: .*address=192\.168\.0\.2.*why="' 10
check "the client notices" client pc1 gone 20
check "it connects again and gets another address" \
	connects pc1 192.168.0.3

# The gateway's own address is never given up.
for port in wan lan; do
	log_mark
	if [[ $port == wan ]]; then
		station_make rival 10.0.0.3/24
		ip -n rival addr add 10.0.0.254/24 dev port
		ip netns exec rival arping -q -U -c 1 -I port 10.0.0.254 || :
		own=10.0.0.254
	else
		lan ip addr add 192.168.0.254/24 dev l1
		lan arping -q -U -c 1 -I l1 192.168.0.254 || :
		own=192.168.0.254
	fi
	check "a host of the $port that has the gateway's own address is named in the log" \
		log_wait "uses the gateway's own address $own" 10
done
ip netns del rival
lan ip addr del 192.168.0.254/24 dev l1
check "the session goes on" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"

check "the client disconnects" client pc1 down
check "after the disconnect nobody answers for the address" not arp_answers 192.168.0.3
gateway_stop
