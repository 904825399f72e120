#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The path MTU (esp.path_mtu). Two clients are behind a router whose link to them has an MTU of
# 1300; for one it is a NAT as well. ESP packets have DF, the router reports those that do not fit,
# the session's MTU follows, and hosts of the LAN are told it in turn. Forged reports change
# nothing.
#
#   pc1 10.9.0.10 --+-- home (1300) -- [router] 10.0.0.11 -- wan -- [kanmond] -- lan 192.168.0.100
#   pc2 10.9.0.12 --'       10.9.0.1     masquerades pc2
source "$(dirname "$0")/_init.sh"

home_make() {
	ip link add home type bridge
	ip link set home up
	ip netns add router
	ip link add h0 type veth peer name inside netns router
	ip link set h0 mtu 1300 master home up
	ip link add u0 type veth peer name outside netns router
	ip link set u0 master wan up
	ip -n router link set inside mtu 1300 up
	ip -n router link set outside up
	ip -n router addr add 10.9.0.1/24 dev inside
	ip -n router addr add 10.0.0.11/24 dev outside
	ip netns exec router sh -c \
		'cd /proc/sys/net/ipv4; echo 1 >ip_forward; echo 0 >icmp_ratelimit'
	plain env h0
	plain env u0
	plain ip netns exec router inside
	plain ip netns exec router outside
	ip netns exec router nft -f - <<-END
		table ip nat {
			chain post {
				type nat hook postrouting priority 100
				ip saddr 10.9.0.12 oifname outside masquerade
			}
		}
	END
}

home_enter() { # PC ADDRESS
	ip link set "tap-$1" master home
	on "$1" "ip addr flush dev wan; ip link set wan mtu 1300; ip addr add $2/24 dev wan
		ip route add default via 10.9.0.1"
}

# The LAN host learns this MTU of the path to the client: its first packets make it known.
host_learns() { # ADDRESS MTU
	is_told "mtu *= *$2" lan "$1" -M "do" -s 1372
}

fits() { # ADDRESS MTU
	reaches lan "$1" -M "do" -s $(($2 - 28))
}

# Forges two reports (type 3, code 4): about ESP with an unknown SPI, and about one that cannot be.
forge() {
	python3 - <<-'END'
		import socket, struct
		s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
		gateway, client = socket.inet_aton("10.0.0.254"), socket.inet_aton("10.9.0.10")
		for mtu, spi in ((600, b"\1\2\3\4"), (68, b"\0\0\0\0")):
		    quote = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1488, 1, 0x4000, 60, 50, 0,
		                        gateway, client) + spi + b"\0\0\0\1"
		    b = struct.pack("!BBHHH", 3, 4, 0, 0, mtu) + quote
		    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
		    n = (n >> 16) + (n & 0xffff)
		    n = ~(n + (n >> 16)) & 0xffff
		    s.sendto(b[:2] + struct.pack("!H", n) + b[4:], ("10.0.0.254", 0))
	END
}

gateway_start "${raw_frames[@]}" esp.path_mtu=true wan.gateway=10.0.0.11 \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
home_make
vm_start vm pc1 pc2
home_enter pc1 10.9.0.10
home_enter pc2 10.9.0.12
check "a client connects behind a link of 1300 bytes" connects pc1 192.168.0.1
check "so does one behind a NAT there" connects pc2 192.168.0.2 USERNAME=user-02
log_mark
forge
# 1300 less IPv4 20, ESP 8, IV 16 and ICV 12 holds 77 blocks of 16; without trailer 2, UDP 8, L2TP 8
# and PPP 4: 1210.
check "hosts of the LAN are told the MTU of the path to the first" host_learns 192.168.0.1 1210
check "the log says so" \
	log_wait "conn [0-9]+ 10.9.0.10.*path MTU is 1300: the session's MTU is 1210"
check "the forged reports changed nothing" not grep -q "MTU is 600" "$tmp/kanmond.log"
# The 8 bytes of UDP around ESP fit into what was left over.
check "and of the path to the one behind the NAT" host_learns 192.168.0.2 1210
check "packets of that size reach the first" fits 192.168.0.1 1210
check "and the second" fits 192.168.0.2 1210
check "larger ones without DF arrive in fragments" reaches lan 192.168.0.1 -M dont -s 2000
gateway_stop
