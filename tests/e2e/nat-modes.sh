#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# NAT beyond its defaults: a pool of addresses, the filtering and mapping behaviours (RFC 4787, 4.1
# and 5), the timeout of sessions, limits of their number, reserved ports, and port forwards that
# depend on the source.
#
#   ann 10.0.0.3 --+-- wan ---- w0 [kanmond] l0 ---- l1 hosts 192.168.0.100, .101, and .102 to .105
#   bob 10.0.0.4 --'       10.0.0.254 and the pool 10.0.0.16-10.0.0.17
source "$(dirname "$0")/_init.sh"

# A host of the WAN: answers a datagram to one of its ports with the address and port that it came
# from.
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

# A host of the LAN: sends to each of these, and prints who answers, and what: "10.0.0.3 7000
# 10.0.0.254 5000".
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

# Asks these from the host's address and port; the answers go to $heard from then on.
host_start() { # ADDRESS PORT TO:PORT...
	heard=$tmp/heard-$1-$2.log
	# Here, as the process in the background may begin after the first look for an answer.
	: >"$heard"
	ip netns exec lan python3 "$tmp/host.py" "$@" >>"$heard" &
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
	until_true has_heard "$1" || {
		cat "$heard"
		return 1
	}
}

# The address and port that one of those it asked sees.
seen_by() { # ADDRESS PORT
	awk -v from="$1 $2 " 'index($0, from) == 1 && NF == 4 { print $3, $4; exit }' "$heard"
}

# Has a port of a WAN host send a datagram to this address and port.
tell() { # STATION ADDRESS PORT TO TO-PORT
	ip netns exec "$1" python3 -c 'import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto("tell {} {}".format(*sys.argv[3:]).encode(), (sys.argv[1], int(sys.argv[2])))' "${@:2}"
}

# The address and port that are seen of a single datagram.
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

# --- a pool; endpoint-independent filtering; the gateway's own ports
gateway_start wan.gateway=10.0.0.3 nat='{source: [{name: one, from: [192.168.0.101/32]},
    {name: many, from: [192.168.0.0/24], to: 10.0.0.16-10.0.0.17}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000 10.0.0.3:7001 10.0.0.4:7000
check "a host has an address of the pool outside" hears '10.0.0.3 7000 10.0.0.1[67] 5000'
pooled=$(seen_by 10.0.0.3 7000)
check "for other remote hosts it has the same address and port" hears "10.0.0.4 7000 $pooled"
tell bob 10.0.0.4 7000 "${pooled% *}" "${pooled#* }"
check "any remote host may send to them" hears '10.0.0.4 7000 told'
host_stop
check "the host keeps the address for other ports" \
	test "$(once 192.168.0.100 5010 10.0.0.4:7000)" = "${pooled% *} 5010"
used=()
for host in {102..105}; do
	used+=("$(once "192.168.0.$host" 5000 10.0.0.3:7000)")
done
note "${used[*]}"
check "hosts that use the same port have different ones outside" \
	test "$(printf '%s\n' "${used[@]}" "$pooled" | sort -u | wc -l)" = 5
check "a host with a rule of its own has that rule's address" \
	test "$(once 192.168.0.101 5000 10.0.0.3:7000)" = "10.0.0.254 5000"
mac=$(ip -j link show w0 | jq -r '.[0].address')
check "the gateway answers ARP on the WAN for addresses of the pool" \
	grep -q "10.0.0.1[67] .*lladdr $mac" <(ip -n ann neigh)
for port in 500 4500 1701; do
	seen=$(once 192.168.0.101 $port 10.0.0.3:7000)
	check "the gateway's own port $port is not used" test "$seen" != "10.0.0.254 $port"
	check "another one is" grep -qE '^10\.0\.0\.254 [0-9]+$' <<<"$seen"
done
gateway_stop

# --- a short timeout
gateway_start wan.gateway=10.0.0.3 \
	nat='{timeouts: {udp: 10}, source: [{from: [192.168.0.0/24]}]}'
for port in 5000 5001; do
	check "a host has port $port outside" \
		test "$(once 192.168.0.100 $port 10.0.0.3:7000)" = "10.0.0.254 $port"
done
check "idle sessions expire" until_true nat_is_at_least expired 2
gateway_stop

# --- address-dependent mapping and filtering
gateway_start wan.gateway=10.0.0.3 nat='{mapping: address-dependent,
    filtering: address-dependent, source: [{from: [192.168.0.0/24]}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000
check "a host of the WAN answers" hears '10.0.0.3 7000 10.0.0.254 5000'
tell bob 10.0.0.4 7000 10.0.0.254 5000
check "what a remote host sends that was not asked is dropped by name" \
	until_true counts_more drop nat_filtered 0
tell ann 10.0.0.3 7001 10.0.0.254 5000
check "the one that was asked may send from another port" hears '10.0.0.3 7001 told'
check "the host received nothing from the other" not has_heard '10.0.0.4 .*'
host_stop
host_start 192.168.0.101 5002 10.0.0.3:7000 10.0.0.3:7001 10.0.0.4:7000
check "a remote host sees one port" hears '10.0.0.3 7000 10.0.0.254 5002'
check "at each of its own" hears '10.0.0.3 7001 10.0.0.254 5002'
check "another remote host answers" hears '10.0.0.4 7000 .*'
check "it sees another port" not has_heard '10.0.0.4 7000 10.0.0.254 5002'
host_stop
gateway_stop

# --- address-and-port-dependent mapping and filtering
gateway_start wan.gateway=10.0.0.3 nat='{mapping: address-and-port-dependent,
    filtering: address-and-port-dependent, source: [{from: [192.168.0.0/24]}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000
check "a host of the WAN answers" hears '10.0.0.3 7000 10.0.0.254 5000'
tell ann 10.0.0.3 7001 10.0.0.254 5000
check "what it sends from another port is dropped" until_true counts_more drop nat_filtered 0
tell ann 10.0.0.3 7000 10.0.0.254 5000
check "what it sends from the port that was asked arrives" hears '10.0.0.3 7000 told'
check "nothing from the other did" not has_heard '10.0.0.3 7001 .*'
host_stop
host_start 192.168.0.101 5002 10.0.0.3:7000 10.0.0.3:7001
check "the first port of a remote host sees one port" hears '10.0.0.3 7000 10.0.0.254 5002'
check "the second answers" hears '10.0.0.3 7001 .*'
check "it sees another port" not has_heard '10.0.0.3 7001 10.0.0.254 5002'
host_stop
gateway_stop

# --- few sessions
gateway_start wan.gateway=10.0.0.3 log.level=info \
	nat='{max_sessions: 16, max_sessions_per_host: 8, source: [{from: [192.168.0.0/24]}]}'
host_start 192.168.0.100 5000 10.0.0.3:7000
check "one session" hears '10.0.0.3 7000 10.0.0.254 5000'
host_stop
log_mark
# From so many ports, which are answered one after the other.
ask_all() { # ADDRESS COUNT
	lan python3 -c 'import socket, sys
for port in range(6000, 6000 + int(sys.argv[2])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], port))
    s.settimeout(float(sys.argv[3]))
    s.sendto(b"who am I?", ("10.0.0.3", 7000))
    s.recv(100)' "$@" "$patience"
}
check "a host may have eight sessions" ask_all 192.168.0.101 8
host_start 192.168.0.101 6008 10.0.0.3:7000
check "the ninth is counted" until_true nat_is_at_least over_host_limit 1
check "and not answered" not has_heard '.*'
host_stop
for host in 102 103; do
	check "host $host may have seven" ask_all "192.168.0.$host" 7
done
check "there are as many sessions as the limit" test "$(nat sessions)" = 16
check "older ones made room" nat_is_at_least evicted 7
check "the one that was idle for longest is gone" test "$(ctl --json show nat sessions |
	jq '[.[] | select(.inside == "192.168.0.100:5000")] | length')" = 0
check "the newest are there" test "$(ctl --json show nat sessions |
	jq '[.[] | select(.inside | startswith("192.168.0.103:"))] | length')" = 7
check "the log says that NAT is full" log_wait 'nat: dp: NAT is full: 16 sessions'
gateway_stop

# --- port forwards that depend on the source
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

# Sends a datagram of so many bytes until it is answered; prints by whom, or "nobody" after two
# tries of three seconds if that is expected.
who() { # NAMESPACE ADDRESS PORT TO:PORT [BYTES]
	ip netns exec "$1" python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
s.settimeout(3)
address, port = sys.argv[3].split(":")
end = time.monotonic() + float(sys.argv[5])
while time.monotonic() < end:
    s.sendto(bytes(int(sys.argv[4])), (address, int(port)))
    try:
        print(s.recv(4096).decode().strip())
        sys.exit()
    except TimeoutError:
        pass
print("nobody")' "${@:2:3}" "${5-20}" "${seconds-$patience}"
}

answers() { # INSIDE NAMESPACE ADDRESS PORT TO:PORT [BYTES]
	local got
	got=$(who "${@:2}")
	echo "$got"
	[[ $got == "$1" ]]
}

# Raw frames, as some are fragments.
gateway_start "${raw_frames[@]}" wan.gateway=10.0.0.3 \
	nat='{source: [{from: [192.168.0.100/31]}], destination: [
    {protocol: udp, port: 7000, from: [10.0.0.3/32], to: 192.168.0.100},
    {protocol: udp, port: 7000, to: 192.168.0.101},
    {protocol: udp, port: 7002, to: "192.168.0.102:7000"}]}'
check "a remote host reaches the host that its rule names" \
	answers 192.168.0.100 ann 10.0.0.3 6000 10.0.0.254:7000
check "another reaches the one of its rule, although the port is in use" \
	answers 192.168.0.101 bob 10.0.0.4 6000 10.0.0.254:7000
check "the first does from another port" answers 192.168.0.100 ann 10.0.0.3 6001 10.0.0.254:7000
check "the second does once more" answers 192.168.0.101 bob 10.0.0.4 6000 10.0.0.254:7000
check "the first does once more" answers 192.168.0.100 ann 10.0.0.3 6000 10.0.0.254:7000
check "fragments pass both ways" answers 192.168.0.101 bob 10.0.0.4 6002 10.0.0.254:7000 3000
check "also those of a host that no source rule matches" \
	answers 192.168.0.102 bob 10.0.0.4 6003 10.0.0.254:7002 3000
check "and from the LAN to the gateway's address outside" \
	answers 192.168.0.102 lan 192.168.0.101 6004 10.0.0.254:7002 3000
ip -n ann addr add 192.168.0.77/32 dev lo
dropped=$(counter drop source_route)
seconds=6 check "a source of the LAN on the WAN is not answered" \
	answers nobody ann 192.168.0.77 6000 10.0.0.254:7002
check "it is dropped by name" counts_more drop source_route "$dropped"
gateway_stop
