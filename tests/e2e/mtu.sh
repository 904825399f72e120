#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# No packet vanishes because of its size: packets of all sizes around the limits, with DF and
# without, are answered or their sender is told the MTU, each way between a client and the LAN,
# between clients, and between both and the world, through source NAT or routed. TCP does not depend
# on ICMP: its segments fit.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'   |        (wan.mtu 1492)
#                      world 10.0.0.3, 198.51.100.7
source "$(dirname "$0")/_init.sh"

sizes=(1252 1253 1372 1373 1400 1428 1472 1473 1500 4000)

# Prints a line for each size, "SIZE DF RESULT": answered, told MTU, or lost. Runs as a script on
# either side.
read -r -d '' every_size <<'END' || :
one() { # TO SIZE OPTION WORD
	local said
	# Fragments that a busy machine delays for too long do not become a packet.
	for _ in {1..10}; do
		said=$(ping -c 1 -W 5 -M "$3" -s "$2" "$1" 2>&1)
		case $said in
		*" 1 received"*)
			echo "$2 $4 answered"
			return
			;;
		*"mtu = "* | *"mtu="*)
			said=$(sed -n 's/.*mtu *= *\([0-9]*\).*/\1/p' <<<"$said" | head -n 1)
			echo "$2 $4 told $said"
			return
			;;
		esac
	done
	echo "$2 $4 lost"
}
# Those without DF first, while the sender knows only its link's MTU.
every_size() { # TO SIZE...
	local to=$1
	shift
	for size; do
		one "$to" "$size" dont nodf
	done
	for size; do
		one "$to" "$size" do df
	done
}
END

# All without DF are answered, and those with DF that fit the MTU; the senders of others are told
# it.
sound() { # MTU LINES
	awk -v mtu="$1" '
		{
			want = $2 == "nodf" || $1 + 28 <= mtu ? "answered" : "told " mtu
			got = $3 (NF > 3 ? " " $4 : "")
		}
		got != want { print "size " $1 " " $2 ": " got ", not " want; bad = 1 }
		END { exit bad || NR == 0 }' <<<"$2"
}

no_size_vanishes() { # WHO ADDRESS MTU
	local script="$every_size; every_size $2 ${sizes[*]}"
	case $1 in
	pc*) sound "$3" "$(on "$1" "$script")" ;;
	*) sound "$3" "$(from "$1" bash -c "$script")" ;;
	esac
}

# Captures the SYNs at both ends.
syns_start() {
	ip netns exec lan tcpdump -nn -U -i l1 -w "$tmp/lan.pcap" 'tcp[tcpflags] & tcp-syn != 0' \
		2>"$tmp/tcpdump.log" &
	sniffer=$!
	on pc1 "setsid tcpdump -nn -U -i ppp0 -w /job/pc.pcap 'tcp[tcpflags] & tcp-syn != 0' \
		2>/job/tcpdump.log >/dev/null </dev/null & echo \$! >/run/sniffer"
	until_true grep -q 'listening on' "$tmp/tcpdump.log"
	until_true grep -q 'listening on' "$tmp/vm/tcpdump.log"
}

syns_stop() {
	on pc1 'kill $(cat /run/sniffer)'
	kill "$sniffer"
	wait "$sniffer" || :
}

syn_mss() { # CAPTURE FILTER
	tcpdump -nn -r "$1" "$2" 2>/dev/null | sed -n 's/.*mss \([0-9]*\).*/\1/p' | sort -u | xargs
}

# The LAN host by the client's SYN, the client by the answer to it.
hosts_are_told() { # MSS
	local host pc
	host=$(syn_mss "$tmp/lan.pcap" 'src 192.168.0.1')
	pc=$(syn_mss "$tmp/vm/pc.pcap" 'src 192.168.0.100')
	echo "the host was told $host, the client $pc"
	[[ $host == "$1" && $pc == "$1" ]]
}

station_make world 10.0.0.3/24
ip -n world addr add 198.51.100.7/32 dev lo
ip -n world route add 192.168.0.0/24 via 10.0.0.254 src 198.51.100.7
lan ip route add default via 192.168.0.254

gateway_start "${raw_frames[@]}" wan.mtu=1492 wan.gateway=10.0.0.3 \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
vm_start vm pc1 pc2
check "a client connects" connects pc1 192.168.0.1
check "another one with its own MTU connects" connects pc2 192.168.0.2 USERNAME=user-02 MTU=1280

check "from the LAN to the client each size is answered, or its sender is told 1400" \
	no_size_vanishes lan 192.168.0.1 1400
check "from the LAN to the one with the small MTU, or its sender is told 1280" \
	no_size_vanishes lan 192.168.0.2 1280
check "from the client to the LAN" no_size_vanishes pc1 192.168.0.100 1400
check "from the one with the small MTU to the LAN" no_size_vanishes pc2 192.168.0.100 1280
check "from client to client, or its sender is told the other's MTU" \
	no_size_vanishes pc1 192.168.0.2 1280
on pc1 "ip link set ppp0 mtu 1500"
check "from a client that exceeds the MRU it was told" no_size_vanishes pc1 192.168.0.100 1500

on pc1 "ip link set ppp0 mtu 1400; ip route add 198.51.100.7 dev ppp0; ip route flush cache"
check "from the LAN to the world through NAT, or its sender is told the WAN's MTU" \
	no_size_vanishes lan 198.51.100.7 1492
check "from the client to the world" no_size_vanishes pc1 198.51.100.7 1400

# A host that does not receive ICMP errors: this is what MSS clamping is for.
lan nft -f - <<-END
	table ip deaf {
		chain in {
			type filter hook input priority 0
			icmp type destination-unreachable drop
		}
	}
END
lan ip route flush cache
tcp_serve lan
syns_start
check "TCP moves data from a host that receives no ICMP" moves pc1 down 192.168.0.100 300000
check "both ends are told an MSS of 1360, where both offered more" until_true hosts_are_told 1360
syns_stop
gateway_stop

# A LAN of smaller packets, and TCP left alone.
client pc1 gone
lan nft delete table ip deaf
gateway_start "${raw_frames[@]}" lan.mtu=1280 ppp.mss_clamp=false nat='{}' \
	wan.gateway=10.0.0.3 wan.forward=true filter='{default_wan: accept}' \
	users='[{name: user-01, password: password123, address: 192.168.0.1}]'
check "the client connects to a gateway whose LAN has small packets" connects pc1 192.168.0.1
on pc1 "ip link set ppp0 mtu 1500; ip route add 198.51.100.7 dev ppp0; ip route flush cache"
syns_start
check "TCP moves data" moves pc1 down 192.168.0.100 300000
check "without a clamp both ends are told what the other offers" until_true hosts_are_told 1460
syns_stop
check "each size is answered, or its sender is told the LAN's MTU" \
	no_size_vanishes pc1 192.168.0.100 1280
check "from the world to the LAN" no_size_vanishes world 192.168.0.100 1280
check "from the world to the client, or its sender is told the client's MTU" \
	no_size_vanishes world 192.168.0.1 1400
gateway_stop
