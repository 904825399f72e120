#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Segments of the LAN on VLANs of one cable, and the WAN on its own VLAN: each user joins a segment
# (the first the LAN, the second the guests), gets an address of it, and answers there; frames of
# other VLANs are counted and dropped.
#
#   pc1 10.0.0.1 --+-- wan -- [switch] == [kanmond] == [switch] --+-- lan 192.168.0.100, untagged
#   pc2 10.0.0.2 --'          VLAN 7                              '-- guests 192.168.20.100, VLAN 20
source "$(dirname "$0")/_init.sh"

guests() {
	ip netns exec guests "$@"
}

# DEVICE to the host, the other end to the switch.
access() { # NAMESPACE DEVICE
	ip -n lan link add "$2" type veth peer name "$2-sw"
	ip -n lan link set "$2-sw" up
	for port in "$2" "$2-sw"; do
		plain ip netns exec lan "$port"
	done
	[[ $1 == lan ]] || ip -n lan link set "$2" netns "$1"
	ip -n "$1" link set "$2" up
}

switch() { # COMMAND...
	"$@" >"$tmp/switch.log" 2>&1 &
	until_true grep -q ready "$tmp/switch.log" || die "the switch does not start"
}

ip link set w1 nomaster
ip link add y0 type veth peer name y1
ip link set y0 up
ip link set y1 master wan up
plain env y0
plain env y1
switch python3 "$e2e/vlan-switch.py" w1 y0=7

ip netns add guests
guests ip link set lo up
ip -n lan addr flush dev l1
access lan h0
access guests h20
access lan h30
lan ip addr add 192.168.0.100/24 dev h0
guests ip addr add 192.168.20.100/24 dev h20
lan ip addr add 192.168.30.100/24 dev h30
switch ip netns exec lan python3 "$e2e/vlan-switch.py" l1 h0-sw=0 h20-sw=20 h30-sw=30

gateway_start wan.vlan=7 \
	segments='[{name: guests, vlan: 20, address: 192.168.20.254/24}]' \
	pools='[192.168.0.1-192.168.0.31, 192.168.20.10-192.168.20.20]' \
	users='[{name: user-01, password: password123},
    {name: user-02, password: other, segment: guests}]'
vm_start vm pc1 pc2

check "the gateway answers on the first segment" reaches lan 192.168.0.254
check "the gateway answers on the second segment" reaches guests 192.168.20.254
check "a user joins the first segment, over a tagged WAN" connects pc1 192.168.0.1
result=$(client pc2 up USERNAME=user-02 PASSWORD=other) || :
check "a user of the second segment gets an address of it, and its gateway" \
	test "$result" = "up 192.168.20.10 192.168.20.254"
for pc in pc1 pc2; do
	on "$pc" "ip route add 192.168.20.0/24 dev ppp0"
done
check "the first reaches the host of that segment" reaches pc1 192.168.0.100
check "the second reaches the host of the other, with full packets" \
	reaches pc2 192.168.20.100 -M "do" -s 1372
check "that host reaches the second" reaches guests 192.168.20.10
check "the gateway answers ARP for the second on its segment" arp_answers 192.168.20.10 guests
lan ip addr add 192.168.20.99/24 dev h0
check "and not on the first segment" arp_silent 192.168.20.10
lan ip addr del 192.168.20.99/24 dev h0
check "clients of different segments reach each other through the gateway" \
	reaches pc1 192.168.20.10
check "show leases names the segments" \
	test "$(ctl --json show leases |
	jq -r 'map(select(.state == "leased") | .segment) | sort | join(" ")')" = "guests lan"

# A VLAN that is not configured.
before=$(counter drop ether_vlan)
check "frames of another VLAN are not answered" is_silent lan 192.168.30.254 -I h30
check "they are counted and dropped" until_true counts_more drop ether_vlan "$before"

check "the second user disconnects" client pc2 down
check "the gateway does not answer ARP for its address any more" \
	arp_silent 192.168.20.10 guests 192.168.20.254
check "the first is not disturbed" reaches pc1 192.168.0.100
gateway_stop
