#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A port's link goes down and comes back, and behind it the LAN host has another interface: traffic
# with the client goes on at once, the switch learns where the gateway is, an address that a host
# has by now is not leased, and the DHCP server is asked whether the WAN's address is still valid.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --+                               later with another Ethernet address,
#   isp 10.0.0.3 --'                               and 192.168.0.2
source "$(dirname "$0")/_init.sh"

link_is() { # PORT true|false
	[[ $(ctl --json show interfaces |
		jq -r "[.[] | select(.port == \"$1\")][0].link") == "$2" ]]
}

acks() {
	grep -c 'DHCPACK.* 10.0.0.51' "$tmp/dnsmasq.log"
}

acked_again() { # BEFORE
	(($(acks) > $1))
}

station_make isp 10.0.0.3/24
ip netns exec isp dnsmasq --no-daemon --conf-file=/dev/null --user=root \
	--port=0 --pid-file= --interface=port --bind-interfaces \
	--dhcp-authoritative --log-dhcp --no-ping --dhcp-leasefile="$tmp/leases" \
	--dhcp-range=10.0.0.51,10.0.0.51,255.255.255.0,3600 >>"$tmp/dnsmasq.log" 2>&1 &

gateway_start wan.address=dhcp 'pools=["192.168.0.1-192.168.0.3"]' \
	users='[{name: user-01, password: password123}, {name: user-02, password: other}]'
vm_start vm pc1 pc2
check "the WAN has an address" log_wait 'wan: address 10.0.0.51/24'
check "the client connects" connects pc1 192.168.0.1 GATEWAY=10.0.0.51
check "the client reaches the LAN host" reaches pc1 192.168.0.100

log_mark
lan ip link set l1 down
check "the log says that the LAN's link is down" log_wait 'notice .*lan.*link down'
check "show interfaces says so" link_is lan false
ip netns exec lan tcpdump -nn -l -i any arp >"$tmp/arp.log" 2>"$tmp/tcpdump.log" &
until_true grep -q 'listening on' "$tmp/tcpdump.log"
# The host does not announce itself.
lan ip link set l1 address 02:00:00:00:00:77
lan ip addr add 192.168.0.2/24 dev l1
log_mark
lan ip link set l1 up
check "the log says that it is up again" log_wait 'notice .*lan.*link up'
check "the client reaches the LAN host at its new interface" reaches pc1 192.168.0.100
announcement='Announcement 192.168.0.254|who-has 192.168.0.254 .*tell 192.168.0.254'
check "the gateway announces its address on the LAN" \
	until_true grep -qE "$announcement" "$tmp/arp.log"
check "another client does not get the address that a host of the LAN took meanwhile" \
	connects pc2 192.168.0.3 GATEWAY=10.0.0.51 USERNAME=user-02 PASSWORD=other
check "it disconnects" client pc2 down

before=$(acks) session=$(sessions '.[].session')
log_mark
ip link set w1 down
check "the log says that the WAN's link is down" log_wait 'notice .*wan.*link down'
ip link set w1 up
check "the log says that it is up again" log_wait 'notice .*wan.*link up'
check "the DHCP server confirms the address" until_true acked_again "$before"
check "the session works" reaches pc1 192.168.0.100
check "it is still the same one" test "$(sessions '.[].session')" = "$session"
gateway_stop
