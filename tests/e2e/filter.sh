#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Who reaches whom: by default clients and the LAN reach each other and out, and the WAN reaches
# nothing but the gateway; then by rules for users, groups, ports and networks, whose counters tell;
# beside NAT; and by two workers that hand packets to each other.
#
#   pc1 10.0.0.1 --+                                    +-- lan 192.168.0.100
#   pc2 10.0.0.2 --+-- wan ---- [kanmond] -------------+
#   far 10.0.0.7 --'  far is also 203.0.113.7 and 10.0.0.66
source "$(dirname "$0")/_init.sh"

users='[{name: user-01, password: password123, address: 192.168.0.1, groups: [staff]},
    {name: user-02, password: other, address: 192.168.0.2}]'

# What becomes of a TCP connection: "open", "refused" or "silent". Silence takes three seconds.
tcp_is() { # OUTCOME WHO ADDRESS PORT [SOURCE]
	local got seconds=$patience script=$tmp/connect.py
	[[ $1 != silent ]] || seconds=3
	[[ $2 != pc* ]] || script=/job/connect.py
	got=$(from "$2" python3 "$script" "$seconds" "${@:3}")
	echo "$got"
	[[ $got == "$1" ]]
}

cat >"$tmp/connect.py" <<'END'
import socket, sys
s = socket.socket()
s.settimeout(float(sys.argv[1]))
s.bind((sys.argv[4] if len(sys.argv) > 4 else "", 0))
try:
    s.connect((sys.argv[2], int(sys.argv[3])))
    print("open")
except ConnectionRefusedError:
    print("refused")
except OSError:
    print("silent")
END

rule() { # NAME FIELD
	ctl --json show filter | jq --arg n "$1" --arg f "$2" '.[] | select(.rule == $n)[$f]'
}

rule_is_at_least() { # NAME FIELD COUNT
	(($(rule "$1" "$2") >= $3))
}

# A datagram to the gateway's port of IKE.
ike_from() { # ADDRESS
	ip netns exec far python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
s.sendto(bytes(28), ("10.0.0.254", 500))' "$1"
}

# The client reaches the WAN's far host through its tunnel.
through_tunnel() { # PC
	on "$1" "ip route replace 203.0.113.7 dev ppp0"
}

# A host of the WAN in a namespace of its own: this namespace sees what is sent on both of kanmond's
# cables.
station_make far 10.0.0.7/24
for address in 10.0.0.66/24 203.0.113.7/32; do
	ip -n far addr add "$address" dev port
done
ip -n far route add 192.168.0.0/24 via 10.0.0.254
lan ip route add default via 192.168.0.254

gateway_start users="$users" groups='[{name: staff}]' wan.gateway=10.0.0.7 nat='{source: []}' \
	wan.forward=true
vm_start vm pc1 pc2
cp "$tmp/connect.py" "$tmp/vm/"

check "a client connects" connects pc1 192.168.0.1
through_tunnel pc1
check "it reaches the LAN host" reaches pc1 192.168.0.100
check "the LAN host reaches it" reaches lan 192.168.0.1
check "the client reaches a host on the WAN" reaches pc1 203.0.113.7
check "the LAN host reaches it as well" reaches lan 203.0.113.7
check "the WAN reaches the gateway" reaches far 10.0.0.254
check "the WAN does not reach the LAN host" is_silent far 192.168.0.100
check "nor the client" is_silent far 192.168.0.1
check "the rule default_wan counts these packets" \
	until_true rule_is_at_least default_wan packets 6
check "they are dropped by name" until_true counts_more drop filter 5
for port in 22 5201 8080; do
	tcp_serve lan $port
done
for port in 25 8082; do
	tcp_serve far $port
done
check "TCP from the client to the WAN is open" tcp_is open pc1 203.0.113.7 8082
check "TCP from the WAN to the LAN is silent" tcp_is silent far 192.168.0.100 8080
check "the client disconnects" client pc1 down
gateway_stop

gateway_start users="$users" groups='[{name: staff}]' wan.gateway=10.0.0.7 nat='{source: []}' \
	wan.forward=true filter.rules='[
  {name: block-list, action: drop, from: [wan], to: [local], from_networks: [10.0.0.66]},
  {name: staff-web, action: accept, from: [client], to: [lan], groups: [staff], protocol: tcp,
    ports: [8080]},
  {name: web, action: reject, from: [client], to: [lan], protocol: tcp, ports: [80, 8000-8099]},
  {name: no-ping-down, action: reject, from: [lan], to: [client], protocol: icmp, icmp_type: echo},
  {name: user-02-stays-inside, action: drop, from: [client], to: [wan], users: [user-02]},
  {name: publish, action: accept, from: [wan], to: [lan], to_networks: [192.168.0.100],
    protocol: tcp, ports: [8080]},
  {name: no-gateway-ping, action: reject, from: [client], to: [local], protocol: icmp}]'

check "a user of the group connects" connects pc1 192.168.0.1
check "a user of no group connects" connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other
through_tunnel pc1
through_tunnel pc2

check "the group's port is open to the first" tcp_is open pc1 192.168.0.100 8080
check "it is refused to the second" tcp_is refused pc2 192.168.0.100 8080
check "a port that is rejected for all is refused to the first" \
	tcp_is refused pc1 192.168.0.100 8081
check "a client pings the LAN host" reaches pc2 192.168.0.100
check "the LAN host is told that it may not ping a client" \
	is_told 'Packet filtered' lan 192.168.0.1
check "the first client reaches the WAN" reaches pc1 203.0.113.7
check "the second does not" is_silent pc2 203.0.113.7
check "the WAN reaches the LAN host's published port" tcp_is open far 192.168.0.100 8080
check "it reaches nothing else there" is_silent far 192.168.0.100
check "clients reach each other" reaches pc1 192.168.0.2
check "a client is told that it may not ping the gateway" \
	is_told 'Packet filtered' pc1 192.168.0.254
check "the WAN still pings the gateway" reaches far 10.0.0.254
check "but not from an address on the list" is_silent far 10.0.0.254 -I 10.0.0.66
before=$(rule block-list packets)
ike_from 10.0.0.66
check "IKE from that address is dropped too" \
	until_true rule_is_at_least block-list packets $((before + 1))

check "TCP that no rule matches moves data through the filter" moves pc1 up 192.168.0.100 2000000
check "and back" moves pc2 down 192.168.0.100 2000000
check "the group's rule counts one flow" test "$(rule staff-web flows)" = 1
check "and its packets" until_true rule_is_at_least staff-web packets 5
check "the rule that rejects counts each packet" until_true rule_is_at_least web packets 2
check "the published port counts one flow" test "$(rule publish flows)" = 1
check "the filter tracks flows" counts_more filter flows 0
check "no packet was too short for it" test "$(counter drop filter_header)" = 0
check "the first client disconnects" client pc1 down
check "the second client disconnects" client pc2 down
gateway_stop

# Port forwards need no rule, but rules apply to them: to the packet as the host inside will see it.
gateway_start wan.gateway=10.0.0.7 nat='{source: [{from: [192.168.0.0/24]}],
    destination: [{port: 8080, to: 192.168.0.100}, {port: 2222, to: "192.168.0.100:22"}]}' \
	filter.rules='[
  {name: block-list, action: drop, from: [wan], from_networks: [10.0.0.66]},
  {name: no-ssh, action: reject, from: [wan], to: [lan], to_networks: [192.168.0.100],
    protocol: tcp, ports: [22]},
  {name: no-mail, action: reject, from: [lan], to: [wan], protocol: tcp, ports: [25]}]'
check "the LAN host reaches the WAN through NAT" reaches lan 203.0.113.7
check "TCP ports there are open to it" tcp_is open lan 203.0.113.7 8082
check "one that a rule rejects is refused" tcp_is refused lan 203.0.113.7 25
check "a port forward needs no rule" tcp_is open far 10.0.0.254 8080 10.0.0.7
check "it is silent for addresses on the list" tcp_is silent far 10.0.0.254 8080 10.0.0.66
check "a rule for the host inside rejects another port forward" \
	tcp_is refused far 10.0.0.254 2222 10.0.0.7
check "the LAN host reaches itself by the port forward" tcp_is open lan 10.0.0.254 8080
check "each rule has counted" test "$(rule block-list packets)" -ge 1 \
	-a "$(rule no-ssh flows)" -ge 1 -a "$(rule no-mail flows)" -ge 1
gateway_stop

# The worker of a session is another than that of the host it talks to: both find flows and rules.
gateway_start workers.cores='[0, 1]' users="$users" groups='[{name: staff}]' wan.gateway=10.0.0.7 \
	wan.forward=true nat='{source: [{from: [192.168.0.0/24]}]}' filter.rules='[
  {name: staff-web, action: accept, from: [client], to: [lan], groups: [staff], protocol: tcp,
    ports: [8080]},
  {name: web, action: reject, from: [client], to: [lan], protocol: tcp, ports: [8000-8099]},
  {name: up-only, action: drop, from: [lan], to: [client]},
  {name: no-mail, action: reject, from: [client], to: [wan], protocol: tcp, ports: [25]}]'
check "with two workers a client connects" connects pc1 192.168.0.1
check "and another" connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other
check "each has its own worker" test "$(sessions '[.[].worker] | unique | length')" = 2
through_tunnel pc1
through_tunnel pc2
for pc in pc1 pc2; do
	check "$pc reaches the LAN host" reaches $pc 192.168.0.100
	check "$pc moves data to it" moves $pc up 192.168.0.100 2000000
	check "$pc moves data from it" moves $pc down 192.168.0.100 2000000
	check "$pc reaches the WAN through NAT" tcp_is open $pc 203.0.113.7 8082
	check "a port that a rule rejects is refused to $pc" tcp_is refused $pc 203.0.113.7 25
done
check "the LAN host does not reach the first client, which reaches it" is_silent lan 192.168.0.1
check "nor the second" is_silent lan 192.168.0.2
check "the group's port is open to its member" tcp_is open pc1 192.168.0.100 8080
check "it is refused to the other user" tcp_is refused pc2 192.168.0.100 8080
check "clients reach each other across workers" reaches pc1 192.168.0.2
check "the counters of both workers add up" until_true rule_is_at_least no-mail packets 2
check "the rule of the group counts one flow" test "$(rule staff-web flows)" = 1
gateway_stop
