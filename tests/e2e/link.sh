#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A port's link goes and comes back, and behind it the LAN host has another interface: traffic with the client goes on
# at once, the switch hears where the gateway is, an address that a host has by now is not leased, and the DHCP server is
# asked whether the WAN's address still holds.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100 (another Ethernet address later, and 192.168.0.2)
#   pc2 10.0.0.2 --+
#   isp 10.0.0.3 --'
source "$(dirname "$0")/_init.sh"

link_is() { # PORT true|false
	[[ $(ctl --json show interfaces | jq -r "[.[] | select(.port == \"$1\")][0].link") == "$2" ]]
}

acks() {
	grep -c 'DHCPACK.* 10.0.0.51' "$tmp/dnsmasq.log"
}

acked_again() { # BEFORE
	(($(acks) > $1))
}

station_make isp 10.0.0.3/24
ip netns exec isp dnsmasq --no-daemon --conf-file=/dev/null --user=root --port=0 --pid-file= --interface=port \
	--bind-interfaces --dhcp-authoritative --dhcp-leasefile="$tmp/leases" --log-dhcp --no-ping \
	--dhcp-range=10.0.0.51,10.0.0.51,255.255.255.0,3600 >>"$tmp/dnsmasq.log" 2>&1 &

gateway_start wan.address=dhcp 'pools=["192.168.0.1-192.168.0.3"]' \
	users='[{name: user-01, password: password123}, {name: user-02, password: other}]'
vm_start vm pc1 pc2
check "the WAN has an address" log_wait 'wan: address 10.0.0.51/24' 60
check "the client connects" connects pc1 192.168.0.1 GATEWAY=10.0.0.51 TIMEOUT=60
check "the client reaches the LAN host" on pc1 "ping -c 2 -i 0.2 -W 2 192.168.0.100"

log_mark
lan ip link set l1 down
check "the log says that the LAN's link is gone" log_wait 'notice .*lan.*link down'
check "show interfaces says so" link_is lan false
ip netns exec lan tcpdump -nn -l -i any arp >"$tmp/arp.log" 2>"$tmp/tcpdump.log" &
until_true 10 grep -q 'listening on' "$tmp/tcpdump.log"
# Without a word of its own: it asks nobody, and announces nothing.
lan ip link set l1 address 02:00:00:00:00:77
lan ip addr add 192.168.0.2/24 dev l1
log_mark
lan ip link set l1 up
check "the log says that it has come back" log_wait 'notice .*lan.*link up'
check "the client reaches the LAN host by its new interface" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "the LAN heard where the gateway is" until_true 5 \
	grep -qE 'Announcement 192.168.0.254|who-has 192.168.0.254 .*tell 192.168.0.254' "$tmp/arp.log"
check "another client does not get an address that a host of the LAN took meanwhile" \
	connects pc2 192.168.0.3 GATEWAY=10.0.0.51 USERNAME=user-02 PASSWORD=other TIMEOUT=60
check "the client leaves" client pc2 down

before=$(acks)
log_mark
ip link set w1 down
check "the log says that the WAN's link is gone" log_wait 'notice .*wan.*link down'
ip link set w1 up
check "the log says that it has come back" log_wait 'notice .*wan.*link up'
check "the DHCP server confirms the address" until_true 20 acked_again "$before"
check "the session has stayed" on pc1 "ping -c 3 -i 0.2 -W 5 192.168.0.100"
check "it is the same one" test "$(sessions length)" = 1
gateway_stop
