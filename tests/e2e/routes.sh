#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway routes between a client, a LAN with a router to another network, and a WAN with a
# router to another network: packets follow static routes, their senders are told when there is
# none, and traceroute shows the gateway from all sides. A client beyond the WAN's router connects.
#
#   pc1 203.0.113.9 ---- [wanr] -- wan -- [kanmond] --+-- lan 192.168.0.100
#   wanr-far 198.51.100.7 --' 10.0.0.2                '-- 192.168.0.2 [lanr] -- lanr-far 10.1.0.9
source "$(dirname "$0")/_init.sh"

# The LAN's cable gets a bridge, to which a router is attached beside the host.
lan_grows() {
	lan ip link add br0 type bridge
	lan ip addr del 192.168.0.100/24 dev l1
	lan ip link set l1 master br0
	lan ip link set br0 up
	lan ip addr add 192.168.0.100/24 dev br0
	plain ip netns exec lan br0
	lan ip route add default via 192.168.0.254
}

# A router with a host behind it, each in a namespace of its own, on a cable whose other end is
# here.
router_make() { # NAME OUTER-ADDRESS INNER-ADDRESS
	ip netns add "$1"
	ip netns add "$1-far"
	ip link add "$1" type veth peer name outer netns "$1"
	ip -n "$1" link add inner type veth peer name host netns "$1-far"
	for link in lo outer inner; do
		ip -n "$1" link set "$link" up
	done
	ip -n "$1-far" link set lo up
	ip -n "$1-far" link set host up
	ip -n "$1" addr add "$2" dev outer
	ip -n "$1" addr add "$3" dev inner
	ip netns exec "$1" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	plain env "$1"
	plain ip netns exec "$1" outer
	plain ip netns exec "$1" inner
	plain ip netns exec "$1-far" host
}

branch() {
	ip netns exec lanr-far "$@"
}

far() {
	ip netns exec wanr-far "$@"
}

# The hops that traceroute shows.
hops_are() { # "HOP HOP..." WHO ADDRESS
	local got
	got=$(from "$2" busybox traceroute -n -q 1 -w "$patience" -m 6 "$3" |
		awk 'NR > 1 || !/^traceroute/ { print $2 }' | xargs)
	echo "$got"
	[[ $got == "$1" ]]
}

# Pings are not answered, but dropped for this reason.
is_dropped() { # REASON WHO ADDRESS [PING-OPTION...]
	local before
	before=$(counter drop "$1")
	is_silent "${@:2}" && until_true counts_more drop "$1" "$before"
}

lan_grows
router_make lanr 192.168.0.2/24 10.1.0.1/24
ip link set lanr netns lan
lan ip link set lanr master br0 up
branch ip addr add 10.1.0.9/24 dev host
branch ip route add default via 10.1.0.1
ip -n lanr route add default via 192.168.0.254
router_make wanr 10.0.0.2/24 198.51.100.1/24
ip link set wanr master wan up
far ip addr add 198.51.100.7/24 dev host
far ip route add default via 198.51.100.1
ip -n wanr route add 192.168.0.0/24 via 10.0.0.254
ip -n wanr route add 10.1.0.0/24 via 10.0.0.254

ip link add beyond type bridge
ip link set beyond up
ip link add b0 type veth peer name beyond netns wanr
ip link set b0 master beyond up
ip -n wanr link set beyond up
ip -n wanr addr add 203.0.113.1/24 dev beyond
plain env b0
plain ip netns exec wanr beyond

# Without NAT: the WAN sees the addresses behind.
gateway_start pools='[192.168.0.1, 192.168.0.3-192.168.0.31]' nat='{source: []}' \
	wan.forward=true filter.default_wan=accept \
	routes='["10.1.0.0/16 via 192.168.0.2", "198.51.100.0/24 via 10.0.0.2",
    "203.0.113.0/24 via 10.0.0.2", "10.1.66.0/24 blackhole", "10.1.67.0/24 unreachable"]'
check "show routes has them" test "$(ctl --json show routes | jq -r '.[] |
	select(.origin == "static") |
	"\(.destination) \(.way) \(.router) \(.port) \(.active)"' | sort)" = \
	"10.1.0.0/16 via 192.168.0.2 lan true
10.1.66.0/24 blackhole null null true
10.1.67.0/24 unreachable null null true
198.51.100.0/24 via 10.0.0.2 wan true
203.0.113.0/24 via 10.0.0.2 wan true"

vm_start vm pc1
ip link set tap-pc1 master beyond
on pc1 "ip addr flush dev wan; ip addr add 203.0.113.9/24 dev wan
	ip route add 10.0.0.0/24 via 203.0.113.1"
check "a client beyond the WAN's router connects by a route" connects pc1 192.168.0.1
on pc1 "ip route add 10.1.0.0/16 dev ppp0; ip route add 198.51.100.0/24 dev ppp0
	ip route add 172.16.0.0/12 dev ppp0"

check "the client reaches the network behind the LAN's router" reaches pc1 10.1.0.9
check "a host there reaches the client" reaches lanr-far 192.168.0.1
check "the client reaches the network behind the WAN's router" reaches pc1 198.51.100.7
check "a host there reaches the client, as wan.forward and the filter permit" \
	reaches wanr-far 192.168.0.1
check "it reaches the network behind the LAN's router" reaches wanr-far 10.1.0.9

check "traceroute from the client to behind the LAN's router shows each router" \
	hops_are "192.168.0.254 192.168.0.2 10.1.0.9" pc1 10.1.0.9
check "so does one to behind the WAN's router" \
	hops_are "192.168.0.254 10.0.0.2 198.51.100.7" pc1 198.51.100.7
check "so does one to the client from behind the LAN's router" \
	hops_are "10.1.0.1 192.168.0.254 192.168.0.1" lanr-far 192.168.0.1
check "so does one from behind the WAN's router, where the gateway is 10.0.0.254" \
	hops_are "198.51.100.1 10.0.0.254 192.168.0.2 10.1.0.9" wanr-far 10.1.0.9

gateway='From 192.168.0.254.* Destination'
check "packets to a blackhole are silently dropped" is_dropped blackhole pc1 10.1.66.1
check "the client is told of an unreachable network" \
	is_told "$gateway Host Unreachable" pc1 10.1.67.1
check "the client is told that there is no route" \
	is_told "$gateway Net Unreachable" pc1 172.16.0.1
check "a host of the LAN is told that there is no route" \
	is_told "$gateway Net Unreachable" lan 172.16.0.1
check "the client is told of a host that does not answer ARP" \
	is_told "$gateway Host Unreachable" pc1 192.168.0.77
check "a host of the WAN is told, from the gateway's address there" \
	is_told 'From 10.0.0.254.* Destination Host Unreachable' wanr-far 192.168.0.78
port_is_refused() {
	on pc1 "exec 3<>/dev/udp/192.168.0.254/9; timeout 10 cat <&3 & echo x >&3; wait" |&
		grep 'Connection refused'
}
check "the client is told that a UDP port of the gateway is closed" until_true port_is_refused

lan ip addr add 172.31.0.9/32 dev br0
check "the LAN port takes no source that is not of the LAN" \
	is_dropped source_route lan 192.168.0.1 -I 172.31.0.9
far ip addr add 192.168.0.99/32 dev host
check "the WAN port takes none that is of the LAN" \
	is_dropped source_route wanr-far 192.168.0.1 -I 192.168.0.99

# The LAN host says to the gateway that packets to the branch should go to itself (RFC 792).
redirect() {
	lan python3 - <<-'END'
		import socket, struct
		def cksum(b):
		    n = sum(struct.unpack(f">{len(b) // 2}H", b))
		    n = (n >> 16) + (n & 0xffff)
		    return 0xffff & ~(n + (n >> 16))
		quote = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 28, 0, 0, 64, 1, 0,
		                    socket.inet_aton("192.168.0.1"), socket.inet_aton("10.1.0.9"))
		quote += bytes([8, 0, 0xf7, 0xff, 0, 0, 0, 0])
		def message(sum):
		    router = socket.inet_aton("192.168.0.100")
		    return struct.pack(">BBH4s", 5, 1, sum, router) + quote
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
		s.sendto(message(cksum(message(0))), ("192.168.0.254", 0))
	END
}

self=$(counter punt self)
redirect
check "a redirect reaches the gateway" until_true counts_more punt self "$self"
check "the gateway does not follow it" \
	hops_are "192.168.0.254 192.168.0.2 10.1.0.9" pc1 10.1.0.9
gateway_stop
