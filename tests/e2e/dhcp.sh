#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The WAN's address comes by DHCP, from dnsmasq: the gateway starts without one, passes over one
# that a neighbour uses, serves clients at the one it gets, renews it, follows the router it is told
# of, and when the server takes the address back and gives another, sessions end and clients connect
# to that.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
#   squatter 10.0.0.50 -+
#   isp 10.0.0.3 -------+  (its own 198.51.100.7 is the world)
source "$(dirname "$0")/_init.sh"

isp() {
	ip netns exec isp "$@"
}

server_start() { # FIRST-ADDRESS LAST-ADDRESS
	ip netns exec isp dnsmasq --no-daemon --conf-file=/dev/null --user=root \
		--port=0 --pid-file= --interface=port --bind-interfaces \
		--dhcp-authoritative --log-dhcp --no-ping \
		--dhcp-leasefile="$tmp/leases" --dhcp-range="$1,$2,255.255.255.0,600" \
		--dhcp-option=option:router,10.0.0.99 --dhcp-option=option:T1,6 \
		--dhcp-option=option:dns-server,10.0.0.3 \
		--dhcp-option=121,0.0.0.0/0,10.0.0.3,203.0.113.0/24,10.0.0.4 \
		>>"$tmp/dnsmasq.log" 2>&1 &
	server_pid=$!
}

server_stop() {
	kill "$server_pid"
	wait "$server_pid" || :
}

wan() { # JQ-FILTER
	ctl --json show interfaces | jq -r ".[] | select(.port == \"wan\") | $1"
}

has_address() { # ADDRESS
	[[ $(wan .address) == "$1" ]]
}

route_shown() { # DESTINATION ROUTER
	[[ $(ctl --json show routes | jq -r ".[] | select(.destination == \"$1\") |
		\"\(.router) \(.port) \(.origin) \(.active)\"") == "$2 wan dhcp true" ]]
}

server_heard() { # PATTERN
	grep -qE "$1" "$tmp/dnsmasq.log"
}

station_make isp 10.0.0.3/24
station_make squatter 10.0.0.50/24
isp ip addr add 198.51.100.7/32 dev lo
lan ip route add default via 192.168.0.254

# dnsmasq picks by the MAC: this one is given 10.0.0.50 first.
ip link set w0 address 02:00:00:00:00:02
gateway_start wan.address=dhcp wan.forward=true routes='["10.9.0.0/16 via 10.0.0.5"]'
vm_start vm pc1
check "the gateway starts without an address" has_address null
check "a route whose router is on no connected network is inactive" test \
	"$(ctl --json show routes | jq -r '.[] | select(.origin == "static").active')" = false
log_mark
server_start 10.0.0.50 10.0.0.51
check "the gateway declines an address that a neighbour has" \
	log_wait 'DHCP: 10.0.0.50 is used by another station: declined'
check "the server hears of it" until_true server_heard 'DHCPDECLINE.* 10.0.0.50'
check "the gateway gets another" \
	log_wait 'wan: address 10.0.0.51/24, router 10.0.0.3, by DHCP from 10.0.0.3'
check "show interfaces has it" has_address 10.0.0.51/24
check "with router, server, and when it is renewed" test \
	"$(wan '[.router, .dhcp_server, .dns, .dhcp, (.renews_in <= 6),
		(.ends_in > .renews_in and .ends_in <= 600)] | join(" ")')" = \
	"10.0.0.3 10.0.0.3 10.0.0.3 bound true true"
check "the default route is option 121's" route_shown 0.0.0.0/0 10.0.0.3
check "another route is option 121's" route_shown 203.0.113.0/24 10.0.0.4
check "the route that was inactive is active" test "$(ctl --json show routes |
	jq -r '.[] | select(.origin == "static") | "\(.active) \(.port)"')" = "true wan"

check "the gateway answers at the address" reaches isp 10.0.0.51
isp ip route add 192.168.0.0/24 via 10.0.0.51
check "the LAN reaches the world through that router" reaches lan 198.51.100.7
check "a client connects to it" connects pc1 192.168.0.1 GATEWAY=10.0.0.51
acks=$(grep -c 'DHCPACK.* 10.0.0.51' "$tmp/dnsmasq.log")
renewed() {
	(($(grep -c 'DHCPACK.* 10.0.0.51' "$tmp/dnsmasq.log") > acks))
}
check "the address is renewed" until_true renewed
check "the session does not notice" reaches pc1 192.168.0.100

log_mark
server_stop
rm "$tmp/leases"
server_start 10.0.0.70 10.0.0.71
check "the server takes the address back, and the log says so" \
	log_wait 'wan: lost address 10.0.0.51'
check "the server sent DHCPNAK" server_heard 'DHCPNAK'
check "the session ends with the reason" log_wait "closed: the WAN address was lost"
check "the gateway gets another address" log_wait 'wan: address 10.0.0.7[01]/24'
address=$(wan .address)
check "no session is left" until_true no_session
check "the gateway answers at the new address" reaches isp "${address%/*}"
check "and not at the old one" is_silent isp 10.0.0.51
# The user restarts the client: it reads the gateway's address only when it starts.
on pc1 "busybox killall -KILL xl2tpd pppd; rm -f /run/xl2tpd/l2tp-control"
check "its link is gone" client pc1 gone
check "the client connects to the new one" connects pc1 192.168.0.1 GATEWAY="${address%/*}"
check "and reaches the LAN" reaches pc1 192.168.0.100
server_stop
gateway_stop
