#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# No size vanishes: packets of every size about the limits, with DF and without, each way between a client and the LAN,
# between clients, and of both with the world, through source NAT or routed, are answered or their sender is told the
# MTU. TCP does not depend on that: its segments fit.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'   |        (wan.mtu 1492)
#                      world 10.0.0.3, 198.51.100.7
source "$(dirname "$0")/_init.sh"

# net_af_packet lets the kernel put fragments together before it takes them; this one takes frames as they are.
frames_as_they_are=(wan.device=net_pcap0,rx_iface_in=w0,tx_iface=w0 lan.device=net_pcap1,rx_iface_in=l0,tx_iface=l0)

sizes=(1252 1253 1372 1373 1400 1428 1472 1473 1500 4000)

# One line for each size: "SIZE DF RESULT": answered, told MTU, or lost. Runs as a script on either side.
read -r -d '' every_size <<'END' || :
one() { # TO SIZE OPTION WORD
	local said
	# Three tries: a busy machine is no reason to call it lost.
	for _ in 1 2 3; do
		said=$(ping -c 1 -W 3 -M "$3" -s "$2" "$1" 2>&1)
		case $said in
		*" 1 received"*)
			echo "$2 $4 answered"
			return
			;;
		*"mtu = "* | *"mtu="*)
			echo "$2 $4 told $(sed -n 's/.*mtu *= *\([0-9]*\).*/\1/p' <<<"$said" | head -n 1)"
			return
			;;
		esac
	done
	echo "$2 $4 lost"
}
# Those without DF first, while the sender knows no MTU but its link's.
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

# All without DF are answered; of those with DF, all that fit the MTU, and the others are told it.
sound() { # MTU LINES
	awk -v mtu="$1" '
		{ fits = $1 + 28 <= mtu; want = $2 == "nodf" || fits ? "answered" : "told " mtu }
		$3 (NF > 3 ? " " $4 : "") != want { print "size " $1 " " $2 ": " $3 " " $4 ", not " want; bad = 1 }
		END { exit bad || NR == 0 }' <<<"$2"
}

from_lan() { # TO MTU
	sound "$2" "$(lan bash -c "$every_size; every_size $1 ${sizes[*]}")"
}

from_world() { # TO MTU
	sound "$2" "$(ip netns exec world bash -c "$every_size; every_size $1 ${sizes[*]}")"
}

from_pc() { # PC TO MTU
	sound "$3" "$(on "$1" "$every_size; every_size $2 ${sizes[*]}")"
}

# TCP from the LAN host to the client, which offers the MSS of Ethernet. Prints the MSS that each of both was told: the
# host by the client's SYN, the client by the answer.
tcp_download() {
	on pc1 "
		tcpdump -nn -U -i ppp0 -w /tmp/syn.pcap 'tcp[tcpflags] & tcp-syn != 0' 2>/tmp/tcpdump.log &
		for ((i = 0; i < 200; i++)); do grep -q 'listening on' /tmp/tcpdump.log && break; sleep 0.1; done
		timeout 60 iperf3 -R -n 300K -c 192.168.0.100 >/tmp/iperf.log 2>&1
		status=\$?
		for ((i = 0; i < 100; i++)); do
			tcpdump -nn -r /tmp/syn.pcap 'src 192.168.0.100' 2>/dev/null | grep -q mss && break
			sleep 0.1
		done
		kill %1
		wait %1
		exit \$status"
}

syn_mss() { # FILTER; reads a capture
	tcpdump -nn -r - "$1" 2>/dev/null | sed -n 's/.*mss \([0-9]*\).*/\1/p' | sort -u | xargs
}

hosts_are_told() { # MSS
	local host pc
	host=$(syn_mss 'src 192.168.0.1' <"$tmp/lan.pcap")
	pc=$(on pc1 "cat /tmp/syn.pcap" | syn_mss 'src 192.168.0.100')
	echo "the host was told $host, the client $pc"
	[[ $host == "$1" && $pc == "$1" ]]
}

listen_for_syns() {
	ip netns exec lan tcpdump -nn -U -i l1 -w "$tmp/lan.pcap" 'tcp[tcpflags] & tcp-syn != 0' 2>"$tmp/tcpdump.log" &
	sniffer=$!
	until_true 10 grep -q 'listening on' "$tmp/tcpdump.log"
}

station_make world 10.0.0.3/24
ip -n world addr add 198.51.100.7/32 dev lo
ip -n world route add 192.168.0.0/24 via 10.0.0.254 src 198.51.100.7
lan ip route add default via 192.168.0.254

gateway_start "${frames_as_they_are[@]}" wan.mtu=1492 wan.gateway=10.0.0.3 \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
vm_start vm pc1 pc2
check "a client connects" connects pc1 192.168.0.1
check "another one with an MTU of its own connects" connects pc2 192.168.0.2 USERNAME=user-02 MTU=1280

check "from the LAN to the client each size is answered, or its sender is told 1400" from_lan 192.168.0.1 1400
check "to the one with the small MTU it is told 1280" from_lan 192.168.0.2 1280
check "from the client to the LAN each size is answered or told" from_pc pc1 192.168.0.100 1400
check "from the one with the small MTU, too" from_pc pc2 192.168.0.100 1280
check "from client to client each is answered, or its sender is told the other's MTU" from_pc pc1 192.168.0.2 1280
on pc1 "ip link set ppp0 mtu 1500"
check "a client that sends more than it was asked to is served, too" from_pc pc1 192.168.0.100 1500

on pc1 "ip link set ppp0 mtu 1400; ip route add 198.51.100.7 dev ppp0; ip route flush cache"
check "from the LAN to the world through NAT each size is answered or told the WAN's MTU" from_lan 198.51.100.7 1492
check "from the client to the world, too" from_pc pc1 198.51.100.7 1400

# A host that hears no ICMP, which is what a clamped MSS is for.
lan nft -f - <<-END
	table ip deaf {
		chain in {
			type filter hook input priority 0
			icmp type destination-unreachable drop
		}
	}
END
lan ip route flush cache
lan iperf3 -s -D -I "$tmp/iperf.pid" --logfile "$tmp/iperf.log"
until_true 10 test -s "$tmp/iperf.pid"
listen_for_syns
check "TCP moves data from a host that hears no ICMP" tcp_download
check "both ends were told of segments of 1360 bytes, where both offered 1460" until_true 10 hosts_are_told 1360
kill "$sniffer"
wait "$sniffer" || :
gateway_stop

# A LAN of smaller packets, and TCP left alone.
client pc1 gone 60 || :
lan nft delete table ip deaf
gateway_start "${frames_as_they_are[@]}" lan.mtu=1280 ppp.mss_clamp=false nat='{}' wan.gateway=10.0.0.3 wan.forward=true filter='{default_wan: accept}' \
	users='[{name: user-01, password: password123, address: 192.168.0.1}]'
check "the client connects to a gateway whose LAN has small packets" connects pc1 192.168.0.1
on pc1 "ip link set ppp0 mtu 1500; ip route add 198.51.100.7 dev ppp0; ip route flush cache"
listen_for_syns
check "TCP moves data" tcp_download
check "without a clamp both ends are told what the other offers" until_true 10 hosts_are_told 1460
kill "$sniffer"
wait "$sniffer" || :
check "each size is answered, or its sender is told the LAN's MTU" from_pc pc1 192.168.0.100 1280
check "from the world to the LAN as well" from_world 192.168.0.100 1280
check "from the world to the client it is told the client's" from_world 192.168.0.1 1400
gateway_stop
