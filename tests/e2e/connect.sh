#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock client connects, is on the LAN, moves data both ways, disconnects, and comes back.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
#   `- 192.168.0.1
source "$(dirname "$0")/_init.sh"

gateway_start
vm_start vm pc1
ip netns exec lan tcpdump -nn -U -i l1 -w "$tmp/lan.pcap" arp 2>"$tmp/tcpdump.log" &
sniffer=$!
until_true grep -q 'listening on' "$tmp/tcpdump.log"

log_mark
check "the client connects" connects pc1 192.168.0.1
check "one line of the log says so" log_wait \
	'notice .*session up: user=user-01 address=192.168.0.1 mtu=1400 esp=aes128-sha1'
check "IKE uses the suite that the configuration prefers" \
	log_wait 'main mode: up.*aes256-sha1-modp2048'

session=$(sessions '.[0]')
check "show sessions has its user" test "$(jq -r .user <<<"$session")" = user-01
check "show sessions has its outer address" test "$(jq -r .client <<<"$session")" = 10.0.0.1
check "show sessions has its leased address" test "$(jq -r .address <<<"$session")" = 192.168.0.1
check "show sessions has its suite" test "$(jq -r .suite <<<"$session")" = aes128-sha1
check "show ike has the SA" \
	test "$(ctl --json show ike | jq -r '.[0].suite')" = aes256-sha1-modp2048

check "the client reaches the gateway's LAN address" reaches pc1 192.168.0.254
check "the client reaches the gateway's WAN address outside the tunnel" reaches pc1 10.0.0.254
check "the client reaches it through the tunnel" reaches pc1 10.0.0.254 -I ppp0
lan ip route add 10.0.0.0/24 via 192.168.0.254
check "the LAN host reaches it" reaches lan 10.0.0.254
check "the client reaches the LAN host" reaches pc1 192.168.0.100
check "the LAN host reaches the client" reaches lan 192.168.0.1
check "packets of 1400 bytes with DF pass to the LAN, without a loss" \
	pings_all pc1 192.168.0.100 5 -M "do" -s 1372
check "packets of 1400 bytes with DF pass to the client, without a loss" \
	pings_all lan 192.168.0.1 5 -M "do" -s 1372
check "larger ones without DF pass in fragments" reaches lan 192.168.0.1 -M dont -s 1472
check "the sender of larger ones with DF is told the MTU" \
	is_told 'mtu = 1400' lan 192.168.0.1 -M "do" -s 1373

check "the gateway answers ARP for the leased address" arp_answers 192.168.0.1
tcp_serve lan
check "TCP moves data to the LAN" moves pc1 up 192.168.0.100 4000000
check "TCP moves data to the client" moves pc1 down 192.168.0.100 4000000
check "show sessions counts bytes up" test "$(sessions '.[0].up_bytes')" -gt 4000000
check "show sessions counts bytes down" test "$(sessions '.[0].down_bytes')" -gt 4000000

log_mark
check "the client disconnects" client pc1 down
down='session down: user=user-01 address=192.168.0.1 seconds=[0-9]+ up=[0-9]+B/[0-9]+p down='
check "one line of the log has the totals" log_wait "notice .*$down"
check "no session is left" until_true no_session
check "the gateway does not answer ARP for its address any more" arp_silent 192.168.0.1

check "it connects again and gets the address that it had" connects pc1 192.168.0.1
check "the client reaches the LAN host again" reaches pc1 192.168.0.100

gratuitous_arps() { # NUMBER
	(($(tcpdump -nn -r "$tmp/lan.pcap" 2>/dev/null | grep -cE \
		'Request who-has 192.168.0.1 .*tell 192.168.0.1,|Announcement 192.168.0.1') >= $1))
}
check "the LAN heard a gratuitous ARP for each lease" until_true gratuitous_arps 2
kill "$sniffer"
gateway_stop
