#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# On the LAN the gateway answers ARP for its own address and for leased addresses, and for no
# others. It never leases an address that a host of the LAN uses.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100, and what it takes of the pool
source "$(dirname "$0")/_init.sh"

conflicts_are() { # NUMBER
	[[ $(counter addresses conflict) == "$1" ]]
}

# The host announces the address as its own.
announces() { # NAMESPACE DEVICE ADDRESS
	ip netns exec "$1" arping -q -U -c 1 -I "$2" "$3" || :
}

announced_until() { # LOG-PATTERN NAMESPACE DEVICE ADDRESS
	announces "${@:2}"
	log_has "$1"
}

# A host takes 192.168.0.1 before the gateway starts.
lan ip addr add 192.168.0.1/24 dev l1
gateway_start
vm_start vm pc1
check "the gateway finds the address that a host uses" until_true conflicts_are 1
check "it answers ARP for its own address" arp_answers 192.168.0.254
check "it does not answer ARP for a free address of the pool" arp_silent 192.168.0.2
check "the client gets the next address" connects pc1 192.168.0.2
check "the gateway answers ARP for the leased address" arp_answers 192.168.0.2
check "it does not answer ARP for the one after that" arp_silent 192.168.0.3
check "the client reaches the host that has 192.168.0.1" reaches pc1 192.168.0.1

# A host takes the leased address as well: the gateway defends it once, and gives it up when the
# host insists within ten seconds (RFC 5227, 2.4).
log_mark
lan ip addr add 192.168.0.2/24 dev l1
announces lan l1 192.168.0.2
host=$(ip -n lan -j link show l1 | jq -r '.[0].address')
check "a conflict on a leased address is logged, and the address defended" \
	log_wait "$host uses the leased address 192\.168\.0\.2: defended"
check "the session goes on" test "$(sessions '.[0].address')" = 192.168.0.2
check "when the host insists, the gateway gives the address up" until_true \
	announced_until 'leased address 192\.168\.0\.2: given up' lan l1 192.168.0.2
check "the session ends, and the log says why" \
	log_wait 'session down: .*address=192\.168\.0\.2.*why="'
check "the client notices" client pc1 gone
check "it connects again and gets another address" connects pc1 192.168.0.3

# The gateway never gives up its own addresses.
station_make rival 10.0.0.3/24
ip -n rival addr add 10.0.0.254/24 dev port
lan ip addr add 192.168.0.254/24 dev l1
log_mark
announces rival port 10.0.0.254
check "the log names a host of the WAN that uses the gateway's address" \
	log_wait "uses the gateway's own address 10\.0\.0\.254"
announces lan l1 192.168.0.254
check "the log names a host of the LAN that uses the gateway's address" \
	log_wait "uses the gateway's own address 192\.168\.0\.254"
ip netns del rival
lan ip addr del 192.168.0.254/24 dev l1
check "the session goes on" reaches pc1 192.168.0.100

check "the client disconnects" client pc1 down
check "the gateway does not answer ARP for its address any more" arp_silent 192.168.0.3
gateway_stop
