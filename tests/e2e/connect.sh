#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock client connects, is on the LAN, moves data both ways, disconnects, and comes back.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
#   `- 192.168.0.1
source "$(dirname "$0")/_init.sh"

full_packets_pass() { # COMMAND...: that run ping on one side; the payload makes 1400 bytes
	"$@" "ping -c 5 -i 0.1 -M do -s 1372 -W 2 $far | grep -q ' 0% packet loss'"
}

iperf_gets_through() { # iperf3's options
	local rate
	rate=$(on pc1 "iperf3 -J -c 192.168.0.100 -t 3 $*" | jq '.end.sum_received.bits_per_second / 1e6')
	note "iperf3 $*: ${rate%.*} Mbit/s"
	[[ ${rate%.*} -ge 5 ]]
}

gateway_start
vm_start vm pc1
ip netns exec lan tcpdump -nn -U -i l1 -w "$tmp/lan.pcap" arp 2>"$tmp/tcpdump.log" &
sniffer=$!
until_true 10 grep -q 'listening on' "$tmp/tcpdump.log"

log_mark
check "the client connects" connects pc1 192.168.0.1
check "the log has one line that says so" log_wait \
	'notice .*session up: user=user-01 address=192.168.0.1 mtu=1400 esp=aes128-sha1'
check "it took the suite that the configuration likes best" log_wait 'main mode: up.*aes256-sha1-modp2048'

session=$(sessions '.[0]')
check "show sessions has its user" test "$(jq -r .user <<<"$session")" = user-01
check "show sessions has its outer address" test "$(jq -r .client <<<"$session")" = 10.0.0.1
check "show sessions has its leased address" test "$(jq -r .address <<<"$session")" = 192.168.0.1
check "show sessions has its suite" test "$(jq -r .suite <<<"$session")" = aes128-sha1
check "show ike has the SA" test "$(ctl --json show ike | jq -r '.[0].suite')" = aes256-sha1-modp2048

check "the client reaches the gateway's LAN address" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.254"
check "the client reaches the gateway's WAN address beside the tunnel" on pc1 "ping -c 3 -i 0.2 -W 2 10.0.0.254"
check "and through it" on pc1 "ping -I ppp0 -c 3 -i 0.2 -W 2 10.0.0.254"
lan ip route add 10.0.0.0/24 via 192.168.0.254
check "so does the LAN host" lan ping -c 3 -i 0.2 -W 2 10.0.0.254
check "the client reaches the LAN host" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "the LAN host reaches the client" lan ping -c 3 -i 0.2 -W 2 192.168.0.1
far=192.168.0.100 check "packets of 1400 bytes with DF pass to the LAN" full_packets_pass on pc1
far=192.168.0.1 check "packets of 1400 bytes with DF pass to the client" full_packets_pass lan bash -c
check "larger ones without DF pass in fragments" lan ping -c 2 -i 0.2 -W 2 -M dont -s 1472 192.168.0.1
check "larger ones with DF are answered with the MTU" \
	grep -q 'mtu = 1400' <(lan ping -c 2 -i 0.2 -W 2 -M do -s 1373 192.168.0.1 2>&1)

check "the gateway answers ARP for the leased address" arp_answers 192.168.0.1
lan iperf3 -s -D -I "$tmp/iperf.pid" --logfile "$tmp/iperf.log"
until_true 10 test -s "$tmp/iperf.pid"
check "TCP moves data to the LAN" iperf_gets_through
check "TCP moves data to the client" iperf_gets_through -R
check "show sessions counts bytes up" test "$(sessions '.[0].up_bytes')" -gt 1000000
check "show sessions counts bytes down" test "$(sessions '.[0].down_bytes')" -gt 1000000

log_mark
check "the client disconnects cleanly" client pc1 down
check "the log has one line with the totals" log_wait \
	'notice .*session down: user=user-01 address=192.168.0.1 seconds=[0-9]+ up=[0-9]+B/[0-9]+p down='
check "no session is left" until_true 10 no_session
check "nobody answers ARP for its address any more" not arp_answers 192.168.0.1

log_mark
check "it connects again and gets the address that it had" \
	connects pc1 192.168.0.1
check "the client reaches the LAN host again" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.100"

kill "$sniffer"
wait "$sniffer" || :
gratuitous=$(tcpdump -nn -r "$tmp/lan.pcap" 2>/dev/null |
	grep -cE 'Request who-has 192.168.0.1 .*tell 192.168.0.1,|Announcement 192.168.0.1' || :)
check "the LAN heard a gratuitous ARP for each lease" test "$gratuitous" -ge 2
gateway_stop
