#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Who reaches whom: by default clients and the LAN reach each other and out, and the WAN reaches nothing but the
# gateway; then by rules for users, groups, ports and networks, whose counters tell; beside NAT; and by two
# workers that hand packets to each other.
#
#   pc1 10.0.0.1 --+                                    +-- lan 192.168.0.100
#   pc2 10.0.0.2 --+-- wan ---- [kanmond] -------------+
#   far 10.0.0.7 --'  far is also 203.0.113.7 and 10.0.0.66
source "$(dirname "$0")/_init.sh"

users='[{name: user-01, password: password123, address: 192.168.0.1, groups: [staff]}, {name: user-02, password: other, address: 192.168.0.2}]'

pings() { # RUNNER... ADDRESS
	"${@:1:$#-1}" "ping -c 3 -i 0.2 -W 2 ${!#}"
}

no_answer() { # RUNNER... ADDRESS
	! "${@:1:$#-1}" "ping -c 2 -i 0.2 -W 1 ${!#}"
}

# What connecting to a TCP port comes to: "open", "refused", or "silent".
tcp() { # RUNNER... ADDRESS PORT
	local said
	said=$("${@:1:$#-2}" "timeout 3 bash -c ': </dev/tcp/${*: -2:1}/${!#}' 2>&1 && echo is open" || :)
	case $said in
	*"is open"*) echo open ;;
	*refused*) echo refused ;;
	*) echo silent ;;
	esac
}

tcp_is() { # OUTCOME RUNNER... ADDRESS PORT
	local got
	got=$(tcp "${@:2}")
	echo "$got"
	[[ $got == "$1" ]]
}

rule() { # NAME FIELD
	ctl --json show filter | jq --arg n "$1" --arg f "$2" '.[] | select(.rule == $n)[$f]'
}

rule_is_at_least() { # NAME FIELD COUNT
	(($(rule "$1" "$2") >= $3))
}

listen() { # NAMESPACE PORT
	ip netns exec "$1" iperf3 -s -D -p "$2" -I "$tmp/iperf-$2.pid" --logfile "$tmp/iperf-$2.log"
	until_true 10 test -s "$tmp/iperf-$2.pid"
}

# A datagram to the gateway's port of IKE.
ike_from() { # ADDRESS
	ip netns exec far python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
s.sendto(bytes(28), ("10.0.0.254", 500))' "$1"
}

# The same as tcp_is, from an address of the far host's.
tcp_from_is() { # OUTCOME FROM ADDRESS PORT
	local got
	got=$(ip netns exec far python3 -c 'import socket, sys
s = socket.socket()
s.settimeout(3)
s.bind((sys.argv[1], 0))
try:
    s.connect((sys.argv[2], int(sys.argv[3])))
    print("open")
except ConnectionRefusedError:
    print("refused")
except OSError:
    print("silent")' "${@:2}")
	echo "$got"
	[[ $got == "$1" ]]
}

# The client sends what is for the WAN's far host into its tunnel.
through_tunnel() { # PC
	on "$1" "ip route replace 203.0.113.7 dev ppp0"
}

# A host of the WAN in a namespace of its own: the one that has kanmond's cables would hear what is sent on both.
station_make far 10.0.0.7/24
for address in 10.0.0.66/24 203.0.113.7/32; do
	ip -n far addr add "$address" dev port
done
ip -n far route add 192.168.0.0/24 via 10.0.0.254
lan ip route add default via 192.168.0.254

gateway_start users="$users" groups='[{name: staff}]' wan.gateway=10.0.0.7 nat='{source: []}' wan.forward=true
vm_start vm pc1 pc2
wan=(ip netns exec far bash -c) host=(lan bash -c)

check "a client connects" connects pc1 192.168.0.1
through_tunnel pc1
check "it reaches the LAN host" pings on pc1 192.168.0.100
check "the LAN host reaches it" pings "${host[@]}" 192.168.0.1
check "it reaches a host on the WAN, which answers" pings on pc1 203.0.113.7
check "the LAN host does too" pings "${host[@]}" 203.0.113.7
check "the WAN reaches the gateway" pings "${wan[@]}" 10.0.0.254
check "but not the LAN host" no_answer "${wan[@]}" 192.168.0.100
check "nor the client" no_answer "${wan[@]}" 192.168.0.1
check "what the WAN sent inside is counted" test "$(rule default_wan packets)" -ge 4
check "and dropped by name" counts_more drop filter 3
listen lan 8080
listen far 8082
check "TCP from the client to the WAN is open" tcp_is open on pc1 203.0.113.7 8082
check "TCP from the WAN to the LAN is not" tcp_is silent "${wan[@]}" 192.168.0.100 8080
check "the client disconnects" client pc1 down
gateway_stop

gateway_start users="$users" groups='[{name: staff}]' wan.gateway=10.0.0.7 nat='{source: []}' wan.forward=true \
	filter.rules='[
  {name: block-list, action: drop, from: [wan], to: [local], from_networks: [10.0.0.66]},
  {name: staff-web, action: accept, from: [client], to: [lan], groups: [staff], protocol: tcp, ports: [8080]},
  {name: web, action: reject, from: [client], to: [lan], protocol: tcp, ports: [80, 8000-8099]},
  {name: no-ping-down, action: reject, from: [lan], to: [client], protocol: icmp, icmp_type: echo},
  {name: user-02-stays-inside, action: drop, from: [client], to: [wan], users: [user-02]},
  {name: publish, action: accept, from: [wan], to: [lan], to_networks: [192.168.0.100], protocol: tcp, ports: [8080]},
  {name: no-gateway-ping, action: reject, from: [client], to: [local], protocol: icmp}]'

check "a user of the group connects" connects pc1 192.168.0.1
check "a user of no group connects" connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other
through_tunnel pc1
through_tunnel pc2

check "the group's port is open to the first" tcp_is open on pc1 192.168.0.100 8080
check "and refused to the second" tcp_is refused on pc2 192.168.0.100 8080
check "another port that is rejected is refused to both" tcp_is refused on pc1 192.168.0.100 8081
check "a client pings the LAN host" pings on pc2 192.168.0.100
check "the LAN host is told that it may not ping a client" grep -q 'Packet filtered' \
	<(lan ping -c 2 -i 0.2 -W 2 192.168.0.1 2>&1)
check "the first client reaches the WAN" pings on pc1 203.0.113.7
check "the second does not" no_answer on pc2 203.0.113.7
check "the WAN reaches the LAN host's port that is published" tcp_is open "${wan[@]}" 192.168.0.100 8080
check "and no other way" no_answer "${wan[@]}" 192.168.0.100
check "clients reach each other" pings on pc1 192.168.0.2
check "a client is told that it may not ping the gateway" grep -q 'Packet filtered' \
	<(on pc1 "ping -c 2 -i 0.2 -W 2 192.168.0.254" 2>&1)
check "the WAN still pings the gateway" pings "${wan[@]}" 10.0.0.254
check "but not from an address on the list" no_answer "${wan[@]}" "-I 10.0.0.66 10.0.0.254"
before=$(rule block-list packets)
check "IKE comes from there" ike_from 10.0.0.66
check "and is dropped too" until_true 5 rule_is_at_least block-list packets $((before + 1))

listen lan 5201
check "TCP that no rule is about moves data through the filter" on pc1 "iperf3 -c 192.168.0.100 -n 2M"
check "and the other way" on pc2 "iperf3 -R -c 192.168.0.100 -n 2M"
check "the group's rule counts its flow and its packets" test "$(rule staff-web flows)" = 1 -a "$(rule staff-web packets)" -ge 5
check "the rule that refuses counts each packet" test "$(rule web packets)" -ge 2
check "the published port counts one flow" test "$(rule publish flows)" = 1
check "the filter knows flows" counts_more filter flows 0
check "no packet was too short for it" test "$(counter drop filter_header)" = 0
check "one client disconnects" client pc1 down
check "the other too" client pc2 down
gateway_stop

# Port forwards need no rule, but rules are asked: as the host inside will see the packet.
gateway_start wan.gateway=10.0.0.7 \
	nat='{source: [{from: [192.168.0.0/24]}], destination: [{port: 8080, to: 192.168.0.100}, {port: 2222, to: "192.168.0.100:22"}]}' \
	filter.rules='[
  {name: block-list, action: drop, from: [wan], from_networks: [10.0.0.66]},
  {name: no-ssh, action: reject, from: [wan], to: [lan], to_networks: [192.168.0.100], protocol: tcp, ports: [22]},
  {name: no-mail, action: reject, from: [lan], to: [wan], protocol: tcp, ports: [25]}]'
listen far 25
listen lan 22
check "the LAN host reaches the WAN through NAT" pings "${host[@]}" 203.0.113.7
check "and TCP ports there" tcp_is open "${host[@]}" 203.0.113.7 8082
check "but for one that a rule rejects" tcp_is refused "${host[@]}" 203.0.113.7 25
check "a port forward needs no rule" tcp_from_is open 10.0.0.7 10.0.0.254 8080
check "but is not for addresses on the list" tcp_from_is silent 10.0.0.66 10.0.0.254 8080
check "a rule for the host inside rejects another" tcp_from_is refused 10.0.0.7 10.0.0.254 2222
check "the LAN host reaches itself by the port forward" tcp_is open "${host[@]}" 10.0.0.254 8080
check "each rule has counted" test "$(rule block-list packets)" -ge 1 -a "$(rule no-ssh flows)" -ge 1 -a "$(rule no-mail flows)" -ge 1
gateway_stop

# A session's worker is not that of the host it speaks to: flows and rules are found from both.
gateway_start workers.cores='[0, 1]' users="$users" groups='[{name: staff}]' wan.gateway=10.0.0.7 wan.forward=true \
	nat='{source: [{from: [192.168.0.0/24]}]}' filter.rules='[
  {name: staff-web, action: accept, from: [client], to: [lan], groups: [staff], protocol: tcp, ports: [8080]},
  {name: web, action: reject, from: [client], to: [lan], protocol: tcp, ports: [8000-8099]},
  {name: up-only, action: drop, from: [lan], to: [client]},
  {name: no-mail, action: reject, from: [client], to: [wan], protocol: tcp, ports: [25]}]'
check "with two workers a client connects" connects pc1 192.168.0.1
check "and another" connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other
check "each has a worker of its own" test "$(sessions '[.[].worker] | unique | length')" = 2
through_tunnel pc1
through_tunnel pc2
for pc in pc1 pc2; do
	check "$pc reaches the LAN host" pings on "$pc" 192.168.0.100
	check "$pc moves data to it" on "$pc" "iperf3 -c 192.168.0.100 -n 2M"
	check "and from it" on "$pc" "iperf3 -R -c 192.168.0.100 -n 2M"
	check "$pc reaches the WAN through NAT" tcp_is open on "$pc" 203.0.113.7 8082
	check "but not the port of a rule" tcp_is refused on "$pc" 203.0.113.7 25
done
check "the LAN host begins nothing with the first" no_answer "${host[@]}" 192.168.0.1
check "nor with the second" no_answer "${host[@]}" 192.168.0.2
check "the group's port is open to the one who is in it" tcp_is open on pc1 192.168.0.100 8080
check "and refused to the other" tcp_is refused on pc2 192.168.0.100 8080
check "clients reach each other across workers" pings on pc1 192.168.0.2
check "the rule of both workers counts as one" test "$(rule no-mail packets)" -ge 2
check "the rule of the group counts one flow" test "$(rule staff-web flows)" = 1
gateway_stop
