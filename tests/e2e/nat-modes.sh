#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# NAT beyond its defaults: a pool of addresses, who may send to a port that is in use, and which port another remote
# end gets (RFC 4787, 4.1 and 5), how long sessions live, how many there are, and the ports that are never taken.
#
#   ann 10.0.0.3 --+-- wan ---- w0 [kanmond] l0 ---- l1 hosts 192.168.0.100, .101, and .102 to .105
#   bob 10.0.0.4 --'       10.0.0.254 and the pool 10.0.0.16-10.0.0.17
source "$(dirname "$0")/_init.sh"

# A host of the WAN: whoever sends a datagram to one of the ports is told which address and port it has here.
cat >"$tmp/mirror.py" <<'END'
import select, socket, sys
address, ports = sys.argv[1], sys.argv[2:]
socks = []
for port in ports:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, int(port)))
    socks.append(s)
while True:
    for s in select.select(socks, [], [])[0]:
        data, peer = s.recvfrom(2048)
        if data.startswith(b"tell "):  # for another, by this socket
            _, to, port = data.decode().split()
            s.sendto(b"told", (to, int(port)))
        else:
            s.sendto("{} {}".format(*peer).encode(), peer)
END

# A host of the LAN: sends to each of these, and writes who is heard, and what: "10.0.0.3 7000 10.0.0.254 5000".
cat >"$tmp/host.py" <<'END'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
for to in sys.argv[3:]:
    address, port = to.split(":")
    s.sendto(b"who am I?", (address, int(port)))
while True:
    data, peer = s.recvfrom(2048)
    print(*peer, data.decode(), flush=True)
END

# Asks these from the host and the port; what is heard is in $heard from then on.
host_start() { # ADDRESS PORT TO:PORT...
	heard=$tmp/heard-$1-$2.log
	ip netns exec lan python3 "$tmp/host.py" "$@" >"$heard" &
	host_pid=$!
}

host_stop() {
	kill "$host_pid"
	wait "$host_pid" 2>/dev/null || :
}

has_heard() { # PATTERN
	grep -qxE "$1" "$heard"
}

hears() { # PATTERN
	until_true 10 has_heard "$1" || { cat "$heard"; return 1; }
}

# The address and port that it has for one of those it asked.
seen_by() { # ADDRESS PORT
	awk -v from="$1 $2 " 'index($0, from) == 1 && NF == 4 { print $3, $4; exit }' "$heard"
}

# A datagram for our host from a port of one of the WAN's, by that host's own word.
tell() { # STATION ADDRESS PORT TO TO-PORT
	ip netns exec "$1" python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto("tell {} {}".format(*sys.argv[3:]).encode(), (sys.argv[1], int(sys.argv[2])))' "${@:2}"
}

# Where the host is seen for a single datagram.
once() { # ADDRESS PORT TO:PORT
	host_start "$@"
	hears "${3/:/ } .*"
	seen_by "${3%:*}" "${3#*:}"
	host_stop
}

nat() { # COUNTER
	ctl --json show nat | jq --arg n "$1" '.[] | select(.name == $n).count'
}

nat_is_at_least() { # COUNTER NUMBER
	(($(nat "$1") >= $2))
}

station_make ann 10.0.0.3/24
station_make bob 10.0.0.4/24
ip netns exec ann python3 "$tmp/mirror.py" 10.0.0.3 7000 7001 &
ip netns exec bob python3 "$tmp/mirror.py" 10.0.0.4 7000 &
for host in {101..105}; do
	ip -n lan addr add "192.168.0.$host/24" dev l1
done
ip -n lan route add default via 192.168.0.254

# --- a pool; everyone may send to a port that is in use; the gateway's own ports
gateway_start wan.gateway=10.0.0.3 nat='{timeouts: {udp: 20},
    source: [{name: one, from: [192.168.0.101/32]}, {name: many, from: [192.168.0.0/24], to: 10.0.0.16-10.0.0.17}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000 10.0.0.3:7001 10.0.0.4:7000
check "a host is seen with an address of the pool" hears '10.0.0.3 7000 10.0.0.1[67] 5000'
pooled=$(seen_by 10.0.0.3 7000)
check "by others with the same, and the same port" hears "10.0.0.4 7000 $pooled"
tell bob 10.0.0.4 7000 ${pooled}
check "everyone may send to it" hears '10.0.0.4 7000 told'
host_stop
check "the host keeps the address for other ports" test "$(once 192.168.0.100 5010 10.0.0.4:7000)" = "${pooled% *} 5010"
used=()
for host in {102..105}; do
	used+=("$(once "192.168.0.$host" 5000 10.0.0.3:7000)")
done
note "${used[*]}"
check "hosts with the same port are seen apart" test "$(printf '%s\n' "${used[@]}" "$pooled" | sort -u | wc -l)" = 5
check "who has a rule of his own keeps to it" test "$(once 192.168.0.101 5000 10.0.0.3:7000)" = "10.0.0.254 5000"
check "neighbours on the WAN find addresses of the pool" \
	grep -q "10.0.0.1[67] .*lladdr $(ip -j link show w0 | jq -r '.[0].address')" <(ip netns exec ann ip neigh)
check "a port of IKE's is not taken" not grep -qx "10.0.0.254 500" <(once 192.168.0.101 500 10.0.0.3:7000)
check "nor is that of IKE behind NAT" not grep -qx "10.0.0.254 4500" <(once 192.168.0.101 4500 10.0.0.3:7000)
check "nor is L2TP's" not grep -qx "10.0.0.254 1701" <(once 192.168.0.101 1701 10.0.0.3:7000)
check "sessions that are idle for too long end" until_true 60 nat_is_at_least expired 8
gateway_stop

# --- only who was sent to, by address; a port for each remote address
gateway_start wan.gateway=10.0.0.3 nat='{mapping: address-dependent, filtering: address-dependent,
    source: [{from: [192.168.0.0/24]}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000
check "a host of the WAN answers" hears '10.0.0.3 7000 10.0.0.254 5000'
tell bob 10.0.0.4 7000 10.0.0.254 5000
check "what one that was not asked sends is dropped by name" until_true 10 counts_more drop nat_filtered 0
tell ann 10.0.0.3 7001 10.0.0.254 5000
check "from its other port as well as it was asked" hears '10.0.0.3 7001 told'
check "and never heard" not has_heard '10.0.0.4 .*'
host_stop
host_start 192.168.0.101 5002 10.0.0.3:7000 10.0.0.3:7001 10.0.0.4:7000
check "one remote host sees one port" hears '10.0.0.3 7000 10.0.0.254 5002'
check "by each of its own" hears '10.0.0.3 7001 10.0.0.254 5002'
check "another answers" hears '10.0.0.4 7000 .*'
check "and sees another port" not has_heard '10.0.0.4 7000 10.0.0.254 5002'
host_stop
gateway_stop

# --- only who was sent to, by address and port; a port for each of these
gateway_start wan.gateway=10.0.0.3 nat='{mapping: address-and-port-dependent, filtering: address-and-port-dependent,
    source: [{from: [192.168.0.0/24]}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000
check "with ports told apart, the host of the WAN answers" hears '10.0.0.3 7000 10.0.0.254 5000'
tell ann 10.0.0.3 7001 10.0.0.254 5000
check "what it sends from another port is dropped" until_true 10 counts_more drop nat_filtered 0
tell ann 10.0.0.3 7000 10.0.0.254 5000
check "from the one that was asked it comes in" hears '10.0.0.3 7000 told'
check "and not from the other" not has_heard '10.0.0.3 7001 .*'
host_stop
host_start 192.168.0.101 5002 10.0.0.3:7000 10.0.0.3:7001
check "the first port of a remote host sees one port" hears '10.0.0.3 7000 10.0.0.254 5002'
check "the second answers too" hears '10.0.0.3 7001 .*'
check "and sees another" not has_heard '10.0.0.3 7001 10.0.0.254 5002'
host_stop
gateway_stop

# --- few sessions
gateway_start wan.gateway=10.0.0.3 log.level=info nat='{max_sessions: 16, max_sessions_per_host: 8, source: [{from: [192.168.0.0/24]}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000
check "one session" hears '10.0.0.3 7000 10.0.0.254 5000'
host_stop
log_mark
ask_all() { # ADDRESS COUNT
	lan python3 -c 'import socket, sys
for port in range(6000, 6000 + int(sys.argv[2])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], port))
    s.settimeout(5)
    s.sendto(b"who am I?", ("10.0.0.3", 7000))
    try:
        s.recv(100)
        print("answered")
    except TimeoutError:
        print("silent")
        break' "$@"
}
check "a host has as many as it may have" test "$(ask_all 192.168.0.101 9 | tail -n 1)" = silent
check "the one above is counted" nat_is_at_least over_host_limit 1
for host in 102 103; do
	check "another host has its own" test "$(ask_all "192.168.0.$host" 7 | tail -n 1)" = answered
done
check "there are as many as there may be" test "$(nat sessions)" = 16
check "others made room" nat_is_at_least evicted 7
check "the one that was idle for longest went first" test "$(ctl --json show nat sessions |
	jq '[.[] | select(.inside == "192.168.0.100:5000")] | length')" = 0
check "the newest are there" test "$(ctl --json show nat sessions |
	jq '[.[] | select(.inside | startswith("192.168.0.103:"))] | length')" = 7
check "the log says that it is full" log_wait 'nat: dp: full: 16 sessions' 90
gateway_stop

# --- a port that leads to several ends; frames as they are on the wire, as net_af_packet hides fragments
cat >"$tmp/inside.py" <<'END'
import select, socket, sys
socks = []
for address in sys.argv[1:]:
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 7000))
    socks.append(s)
while True:
    for s in select.select(socks, [], [])[0]:
        data, peer = s.recvfrom(4096)
        s.sendto(s.getsockname()[0].encode().ljust(len(data)), peer)
END
ip netns exec lan python3 "$tmp/inside.py" 192.168.0.100 192.168.0.101 192.168.0.102 &

# Who answers a datagram of so many bytes.
who() { # NAMESPACE ADDRESS PORT TO:PORT [BYTES]
	ip netns exec "$1" python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
s.settimeout(3)
address, port = sys.argv[3].split(":")
s.sendto(bytes(int(sys.argv[4])), (address, int(port)))
try:
    print(s.recv(4096).decode().strip())
except TimeoutError:
    print("nobody")' "${@:2:3}" "${5-20}"
}

gateway_start wan.device=net_pcap0,rx_iface_in=w0,tx_iface=w0 lan.device=net_pcap1,rx_iface_in=l0,tx_iface=l0 wan.gateway=10.0.0.3 \
	nat='{source: [{from: [192.168.0.100/31]}], destination: [
    {protocol: udp, port: 7000, from: [10.0.0.3/32], to: 192.168.0.100}, {protocol: udp, port: 7000, to: 192.168.0.101},
    {protocol: udp, port: 7002, to: "192.168.0.102:7000"}]}'
check "one remote host is led to the end that its rule names" test "$(who ann 10.0.0.3 6000 10.0.0.254:7000)" = 192.168.0.100
check "another to that of its own, although the port is in use" test "$(who bob 10.0.0.4 6000 10.0.0.254:7000)" = 192.168.0.101
check "as is the first by another port" test "$(who ann 10.0.0.3 6001 10.0.0.254:7000)" = 192.168.0.100
check "and both once more" test "$(who bob 10.0.0.4 6000 10.0.0.254:7000) $(who ann 10.0.0.3 6000 10.0.0.254:7000)" = \
	"192.168.0.101 192.168.0.100"
check "fragments find their way in and out" test "$(who bob 10.0.0.4 6002 10.0.0.254:7000 3000)" = 192.168.0.101
check "also of a host that no source rule is for" test "$(who bob 10.0.0.4 6003 10.0.0.254:7002 3000)" = 192.168.0.102
check "and from the LAN by the gateway's address" test "$(who lan 192.168.0.101 6004 10.0.0.254:7002 3000)" = 192.168.0.102
ip -n ann addr add 192.168.0.77/32 dev lo
dropped=$(counter drop source_route)
check "who says on the WAN that he is of the LAN is not answered" test "$(who ann 192.168.0.77 6000 10.0.0.254:7002)" = nobody
check "he is dropped by name" test "$(counter drop source_route)" -gt "$dropped"
gateway_stop
