# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Homes behind NAT, for PCs of a story:
#   home_make N                  the home: its router has the address 10.0.0.1N outside, 192.168.1.1 inside
#   home_enter PC N ADDRESS      moves a PC into it

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
	on "$1" "ip addr flush dev wan; ip addr add $3/24 dev wan; ip route add default via 192.168.1.1"
}
