#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Segments of the LAN on VLANs of one cable, and the WAN on a VLAN of its own: each user joins his segment, gets an
# address of it, and answers there; frames of other VLANs are counted and go nowhere.
#
#   pc1 10.0.0.1 --+-- wan -- [switch] == w0 [kanmond] l0 == [switch] --+-- untagged  lan     192.168.0.100   (user-01)
#   pc2 10.0.0.2 --'          VLAN 7                                    '-- VLAN 20   guests  192.168.20.100  (user-02)
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
	until_true 10 grep -q ready "$tmp/switch.log" || die "the switch does not start"
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
	users='[{name: user-01, password: password123}, {name: user-02, password: other, segment: guests}]'
vm_start vm pc1 pc2

check "the gateway answers on both segments" \
	eval 'lan ping -c 1 -W 2 192.168.0.254 && guests ping -c 1 -W 2 192.168.20.254'
check "a user joins the first segment, over a WAN with a tag" connects pc1 192.168.0.1
result=$(client pc2 up USERNAME=user-02 PASSWORD=other) || :
check "a user of the other segment gets an address of it, and its gateway" \
	test "$result" = "up 192.168.20.10 192.168.20.254"
for pc in pc1 pc2; do
	on "$pc" "ip route add 192.168.20.0/24 dev ppp0"
done
check "the first reaches the host of his segment" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "the other reaches the host of his, with full packets" \
	on pc2 "ping -c 3 -i 0.2 -W 2 -M do -s 1372 192.168.20.100"
check "the host of his segment reaches him" guests ping -c 3 -i 0.2 -W 2 192.168.20.10
check "the gateway answers ARP for him there" \
	eval 'guests ip neigh show 192.168.20.10 | grep -q "lladdr $(lan_mac)"'
check "and not on the first segment" \
	eval 'lan ip addr add 192.168.20.99/24 dev h0; ! lan arping -q -c 2 -w 3 -I h0 192.168.20.10'
check "clients of different segments reach each other through the gateway" \
	on pc1 "ping -c 3 -i 0.2 -W 2 192.168.20.10"
check "show leases names the segments" \
	test "$(ctl --json show leases | jq -r 'map(select(.state == "leased") | .segment) | sort | join(" ")')" = "guests lan"

# A VLAN that is not ours.
before=$(counter drop ether_vlan)
lan ping -c 2 -i 0.2 -W 1 -I h30 192.168.30.254 >/dev/null 2>&1 || :
check "frames of another VLAN are counted and dropped" counts_more drop ether_vlan "$before"

check "the user disconnects" client pc2 down
check "nobody answers ARP for his address any more" \
	eval 'guests ip neigh flush all; ! guests ping -c 1 -W 1 192.168.20.10'
check "the first is not disturbed" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
gateway_stop
