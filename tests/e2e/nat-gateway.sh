#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway is behind a NAT that forwards UDP 500 and 4500 to it: a client connects, and the gateway keeps the NAT
# awake (RFC 3948, 4).
#
#   pc1 10.0.0.1 ---- wan ---- 10.0.0.99 [natg] 172.16.0.1 ---- dmz ---- 172.16.0.254 [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

ip link add dmz type bridge
ip link set dmz up
ip link set w1 master dmz
ip netns add natg
ip link add uo type veth peer name outside netns natg
ip link set uo master wan up
ip link add ui type veth peer name inside netns natg
ip link set ui master dmz up
ip -n natg link set outside up
ip -n natg link set inside up
ip -n natg addr add 10.0.0.99/24 dev outside
ip -n natg addr add 172.16.0.1/24 dev inside
ip netns exec natg sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
for port in uo ui; do
	plain env "$port"
done
for port in inside outside; do
	plain ip netns exec natg "$port"
done
# A keepalive is a UDP datagram of one byte.
ip netns exec natg nft -f - <<-END
	table ip nat {
		counter keepalives {}
		chain pre {
			type nat hook prerouting priority -100
			iifname outside udp dport { 500, 4500 } dnat to 172.16.0.254
		}
		chain through {
			type filter hook forward priority 0
			iifname inside udp sport 4500 udp length 9 @th,64,8 0xff counter name keepalives
		}
	}
END

keepalives() { # AT-LEAST
	(($(ip netns exec natg nft -j list counter ip nat keepalives |
		jq '[.nftables[] | select(.counter).counter.packets] | add') >= $1))
}

gateway_start wan.address=172.16.0.254/24 wan.gateway=172.16.0.1
vm_start vm pc1
check "a client connects through the gateway's NAT" connects pc1 192.168.0.1 \
	GATEWAY=10.0.0.99 GATEWAY_ID=172.16.0.254
check "the log tells of the NAT" grep -q 'NAT: the gateway is behind one' "$tmp/kanmond.log"
check "full packets pass" on pc1 "ping -c 3 -i 0.2 -W 2 -M do -s 1372 192.168.0.100"
check "the LAN host reaches the client" lan ping -c 3 -i 0.2 -W 2 192.168.0.1
check "the gateway keeps the NAT awake" until_true 30 keepalives 1
check "the client disconnects" client pc1 down
gateway_stop
