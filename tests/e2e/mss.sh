#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# TCP between the LAN and the WAN offers no larger segments than the WAN carries, whoever begins:
# hosts need no ICMP for it.
#
#   far 10.0.0.7 ---- wan (MTU 1420) ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

# A TCP server, and a log of all SYNs beside it.
listen() { # NAMESPACE DEVICE PORT
	tcp_serve "$1" "$3"
	ip netns exec "$1" tcpdump -nn -l -i "$2" 'tcp[tcpflags] & tcp-syn != 0' \
		>"$tmp/$1-syns.log" 2>&1 &
	until_true grep -qs 'listening on' "$tmp/$1-syns.log"
}

heard() { # NAMESPACE PATTERN
	until_true grep -q "$2.*mss 1380," "$tmp/$1-syns.log"
}

station_make far 10.0.0.7/24
lan ip route add default via 192.168.0.254
gateway_start wan.gateway=10.0.0.7 wan.mtu=1420 ppp.mtu=1300 \
	nat='{source: [{from: [192.168.0.0/24]}], destination: [{port: 8080, to: 192.168.0.100}]}'
listen far port 5201
listen lan l1 8080

check "the LAN host moves data to the WAN" moves lan up 10.0.0.7 1000000
check "its SYN has the MSS of the WAN" \
	heard far '10\.0\.0\.254\.[0-9]* > 10\.0\.0\.7\.5201: Flags \[S\]'
check "the answer has it, too" heard lan '10\.0\.0\.7\.5201 > .* Flags \[S\.\]'
check "the WAN moves data to a forwarded port" moves far up 10.0.0.254 1000000 8080
check "its SYN has the MSS of the WAN" heard lan '> 192\.168\.0\.100\.8080: Flags \[S\]'
check "and so has the answer" heard far '10\.0\.0\.254\.8080 > .* Flags \[S\.\]'
gateway_stop
