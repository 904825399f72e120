# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# kanmon-load in a story, in the place of the PCs and of the LAN's host:
#   emulate NAME FLAG...   runs it to its end; its figures go to $tmp/NAME.json, what it prints to $tmp/NAME.log
#   figure NAME FILTER     one of the figures
# The cables: its port c0 is on the bridge "wan", its port h0 on the bridge "lan" with the gateway's.

lay_load_cables() {
	ip link add c0 type veth peer name c1
	ip link set c1 master wan up
	ip link set c0 up
	ip link add h0 type veth peer name h1 netns lan
	ip link set h0 up
	ip -n lan addr flush dev l1
	ip -n lan link add lan type bridge
	ip -n lan link set lan up
	ip -n lan link set l1 master lan
	ip -n lan link set h1 master lan up
	for port in c0 c1 h0; do
		plain env "$port"
	done
	plain ip netns exec lan h1
}

emulate() { # NAME FLAG...
	local name=$1
	shift
	"$build/tests/load/kanmon-load" --eal-file-prefix "load-$$" --eal-hugepages false --json "$tmp/$name.json" \
		--wan-device net_af_packet0,iface=c0,framecnt=4096 --wan-gateway 10.0.0.254 \
		--lan-device net_af_packet1,iface=h0,framecnt=4096 --lan-address 192.168.0.100 \
		--clients-addresses 10.0.0.1-10.0.0.199 "$@" 2>&1 | tee "$tmp/$name.log"
}

figure() { # NAME FILTER
	jq -r "$2" "$tmp/$1.json"
}

lay_load_cables
