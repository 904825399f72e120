# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Homes behind NATs, for the PCs of a story; and a NAT in front of the gateway:
#   home_make N                  a home; its router is 10.0.0.1N outside, 192.168.1.1 inside
#   home_enter PC N ADDRESS      moves a PC into it
#   dmz_make                     the gateway's NAT, 10.0.0.99 outside and 172.16.0.1 inside, which
#                                forwards UDP ports 500 and 4500 to 172.16.0.254; before
#                                gateway_start
#   keepalives ADDRESS           how many NAT-keepalives the gateway has sent to a client
#   awake_since ADDRESS NUMBER   whether these are more
#   ike_cut SET ADDRESS          drops IKE of a client at the gateway's NAT, and nothing else; SET:
#                                ike for all of it, port500 for a new main mode, which begins there
#   ike_heal SET ADDRESS         drops it no longer

# A bridge for its PCs, and a router that masquerades.
home_make() { # NUMBER
	local n=$1
	ip link add "home$n" type bridge
	ip link set "home$n" up
	ip netns add "nat$n"
	ip link add "h$n" type veth peer name inside netns "nat$n"
	ip link set "h$n" master "home$n" up
	ip link add "u$n" type veth peer name outside netns "nat$n"
	ip link set "u$n" master wan up
	ip -n "nat$n" link set inside up
	ip -n "nat$n" link set outside up
	ip -n "nat$n" addr add 192.168.1.1/24 dev inside
	ip -n "nat$n" addr add "10.0.0.1$n/24" dev outside
	ip netns exec "nat$n" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
	for port in "h$n" "u$n"; do
		plain env "$port"
	done
	plain ip netns exec "nat$n" inside
	plain ip netns exec "nat$n" outside
	ip netns exec "nat$n" nft -f - <<-END
		table ip nat {
			chain post {
				type nat hook postrouting priority 100
				oifname outside masquerade
			}
		}
	END
}

home_enter() { # PC HOME ADDRESS
	ip link set "tap-$1" master "home$2"
	on "$1" "ip addr flush dev wan; ip addr add $3/24 dev wan
		ip route add default via 192.168.1.1"
}

dmz_make() {
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
	# A NAT-keepalive is a UDP datagram of one byte.
	ip netns exec natg nft -f - <<-END
		table ip nat {
			set kept { type ipv4_addr; flags dynamic; counter; }
			set ike { type ipv4_addr; }
			set port500 { type ipv4_addr; }
			chain pre {
				type nat hook prerouting priority -100
				iifname outside udp dport { 500, 4500 } dnat to 172.16.0.254
			}
			chain through {
				type filter hook forward priority 0
				iifname inside udp sport 4500 udp length 9 @th,64,8 0xff \\
					add @kept { ip daddr }
				ip saddr @port500 udp dport 500 drop
				ip saddr @ike jump ike
				ip daddr @ike jump ike
			}
			chain ike {
				udp dport 500 drop
				udp sport 500 drop
				udp dport 4500 udp length >= 36 @th,64,32 0 drop
				udp sport 4500 udp length >= 36 @th,64,32 0 drop
			}
		}
	END
}

keepalives() { # ADDRESS
	ip netns exec natg nft -j list set ip nat kept | jq --arg a "$1" \
		'[.nftables[].set.elem[]?.elem | select(.val == $a).counter.packets] | add // 0'
}

awake_since() { # ADDRESS NUMBER
	(($(keepalives "$1") > $2))
}

ike_cut() { # SET ADDRESS
	ip netns exec natg nft add element ip nat "$1" "{ $2 }"
}

ike_heal() { # SET ADDRESS
	ip netns exec natg nft delete element ip nat "$1" "{ $2 }"
}
