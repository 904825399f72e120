#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The LAN's way out, with the rule of the example: hosts of the LAN, and a client that sends
# everything through its tunnel, reach hosts on the WAN that know nothing of the LAN. Ports are
# forwarded to a host inside, also for hosts inside.
#
#   pc1 10.0.0.1 --- wan ---------- w0 [kanmond] l0 ---- l1 hosts 192.168.0.100 and .101
#   `- 192.168.0.1   | 10.0.0.200       NAT: 10.0.0.254
#                    `---- far 10.9.0.2
source "$(dirname "$0")/_init.sh"

# Answers on UDP and TCP, until it is ended, with the address and port that the sender has here.
serve() { # NAMESPACE ADDRESS PORT
	from "$1" python3 "$tmp/serve.py" "$2" "$3" >"$tmp/serve-$1.log" 2>&1 &
	until_true listens "$1" "$3" || die "the server does not listen"
}

cat >"$tmp/serve.py" <<'END'
import selectors, socket, sys
at = (sys.argv[1], int(sys.argv[2]))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
udp.bind(at)
tcp.bind(at)
tcp.listen(16)
sel = selectors.DefaultSelector()
sel.register(udp, selectors.EVENT_READ)
sel.register(tcp, selectors.EVENT_READ)
while True:
    for key, _ in sel.select():
        if key.fileobj is udp:
            _, peer = udp.recvfrom(2048)
            udp.sendto("{} {}".format(*peer).encode(), peer)
        else:
            conn, peer = tcp.accept()
            conn.sendall("{} {}".format(*peer).encode())
            conn.close()
END

# Asks such a server; prints its answer, or the error's name, or "nothing" when the time is over.
cat >"$tmp/ask.py" <<'END'
import errno, socket, sys, time
seconds, protocol, address, port, to, to_port, *ttl = sys.argv[1:]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
end = time.monotonic() + float(seconds)
try:
    s.bind((address, int(port)))
    if ttl:
        s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, int(ttl[0]))
        s.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
    s.settimeout(float(seconds))
    s.connect((to, int(to_port)))
    if protocol == "udp":
        s.settimeout(2)
        s.send(b"who am I?")
    while True:
        try:
            print(s.recv(100).decode())
            break
        except TimeoutError:
            if time.monotonic() > end:
                raise
            s.send(b"who am I?")
except TimeoutError:
    print("nothing")
except OSError as e:
    print(errno.errorcode[e.errno])
END

# Silence takes three seconds.
answers() { # PATTERN WHO udp|tcp ADDRESS PORT TO PORT [TTL]
	local got seconds=$patience
	[[ $1 != nothing ]] || seconds=3
	got=$(from "$2" python3 "$tmp/ask.py" "$seconds" "${@:3}")
	echo "$got"
	[[ $got =~ ^$1$ ]]
}

# Prints who answers.
ask() { # WHO udp|tcp ADDRESS PORT TO PORT
	from "$1" python3 "$tmp/ask.py" "$patience" "${@:2}"
}

nat_sessions() { # JQ-FILTER
	ctl --json show nat sessions | jq -r "$1"
}

nat_shows() { # JQ-FILTER: over all sessions
	ctl --json show nat sessions | jq -e "$1"
}

ip netns add far
ip link add f0 type veth peer name f1 netns far
ip addr add 10.9.0.1/24 dev f0
ip link set f0 up
ip -n far link set lo up
ip -n far link set f1 up
ip -n far addr add 10.9.0.2/24 dev f1
ip -n far route add 10.0.0.0/24 via 10.9.0.1
plain env f0
plain ip netns exec far f1
# The WAN's router is this machine; what kanmond's ports receive is not for it.
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv4/conf/w0/forwarding
echo 0 >/proc/sys/net/ipv4/conf/l0/forwarding
echo 1 >/proc/sys/net/ipv4/conf/l0/rp_filter
ip -n lan addr add 192.168.0.101/24 dev l1
ip -n lan route add default via 192.168.0.254

serve far 10.9.0.2 7000
serve wan 10.0.0.200 7000
serve lan 192.168.0.100 7000
tcp_serve far

# Timeouts that no session reaches here.
gateway_start wan.gateway=10.0.0.200 nat="{timeouts: {udp: 1h, tcp_transitory: 1h},
    source: [{name: lan, from: [192.168.0.0/24]}],
    destination: [{name: web, port: 8080, to: \"192.168.0.100:7000\"},
        {name: game, protocol: udp, port: 9000-9009, to: \"192.168.0.100:7000\",
            from: [10.0.0.0/24]}]}"

check "a host of the LAN reaches one on the WAN" reaches lan 10.0.0.200
check "and one behind the WAN's router" reaches lan 10.9.0.2
check "UDP: it has the gateway's address and its own port outside" \
	answers "10.0.0.254 5000" lan udp 192.168.0.100 5000 10.9.0.2 7000
check "UDP to another host: the same port (endpoint-independent mapping)" \
	answers "10.0.0.254 5000" lan udp 192.168.0.100 5000 10.0.0.200 7000
check "TCP as well" answers "10.0.0.254 5000" lan tcp 192.168.0.100 5000 10.9.0.2 7000
other=$(ask lan udp 192.168.0.101 5000 10.9.0.2 7000)
note "$other"
check "another host with the same port has another one outside" \
	test "$other" != "10.0.0.254 5000"
check "which is even as well" grep -qE '^10\.0\.0\.254 [0-9]*[02468]$' <<<"$other"
check "TCP moves data out" moves lan up 10.9.0.2 4000000
check "TCP moves data in" moves lan down 10.9.0.2 4000000
udp_moves() {
	local got
	lan iperf3 -J -c 10.9.0.2 -p 5202 -u -b 2M -l 1000 -n 1M >"$tmp/iperf.json" || return 1
	got=$(jq .end.sum_received.bytes "$tmp/iperf.json")
	echo "$got bytes arrived"
	((got >= 500000))
}
ip netns exec far iperf3 -s -D -p 5202 --logfile "$tmp/iperf.log"
until_true listens far 5202
check "UDP moves data out" udp_moves

check "time exceeded comes back to the host that sent UDP" \
	answers EHOSTUNREACH lan udp 192.168.0.100 5002 10.9.0.2 7000 2
check "and to one that pings" \
	is_told 'From 10.0.0.200 .*Time to live exceeded' lan 10.9.0.2 -t 2
check "port unreachable comes back" answers ECONNREFUSED lan udp 192.168.0.100 5004 10.9.0.2 7001
check "a TCP reset comes back" answers ECONNREFUSED lan tcp 192.168.0.100 5004 10.9.0.2 7001
ip link set f0 mtu 1300
check "too big with DF: the host is told the MTU of a link on the way" \
	is_told 'mtu = 1300' lan 10.9.0.2 -M "do" -s 1400
ip link set f0 mtu 1500

check "a forwarded port leads a host on the WAN to the LAN" \
	answers "10.0.0.200 6000" wan tcp 10.0.0.200 6000 10.0.0.254 8080
check "a range of ports leads to as many ports there" \
	answers "10.0.0.200 6000" wan udp 10.0.0.200 6000 10.0.0.254 9000
check "the second of these is closed, and the host inside says so" \
	answers ECONNREFUSED wan udp 10.0.0.200 6000 10.0.0.254 9001
check "the range is not for networks that the rule does not name" \
	answers nothing far udp 10.9.0.2 6000 10.0.0.254 9000
check "a port that is not forwarded is silent" \
	answers nothing wan tcp 10.0.0.200 6002 10.0.0.254 8081
check "a host inside reaches the forwarded port as well, from the gateway's address (hairpinning)" \
	answers "10.0.0.254 [0-9]+" lan tcp 192.168.0.101 6000 10.0.0.254 8080
tcpdump -nn -l -i wan 'icmp[0] == 3' >"$tmp/icmp.log" 2>&1 &
until_true grep -q 'listening on' "$tmp/icmp.log"
check "a closed port inside is reported to a host outside" \
	answers ECONNREFUSED wan udp 10.0.0.200 6004 10.0.0.254 9001
check "from the gateway's address" \
	until_true grep -q 'ICMP 10.0.0.254 udp port 9001 unreachable' "$tmp/icmp.log"

check "show nat counts what was opened" \
	test "$(ctl --json show nat | jq '.[] | select(.name == "opened").count')" -ge 10
check "show nat rules counts the sessions of a forwarded port" \
	test "$(ctl --json show nat rules | jq '.[] | select(.name == "web").sessions')" -ge 2
check "show nat sessions has the flow with both its ends" nat_shows 'map(select(
	.protocol == "udp" and .inside == "192.168.0.100:5000" and
	.outside == "10.0.0.254:5000" and .peer == "10.9.0.2:7000")) | length == 1'
check "and TCP's state" nat_shows 'any(.state == "closing")'
check "it shows as many as the operator asks for" \
	test "$(ctl --json show nat sessions 2 | jq length)" = 2
gateway_stop

# With two workers, of which one has no queue, hosts are distributed to both.
for host in {102..115}; do
	ip -n lan addr add "192.168.0.$host/24" dev l1
done
gateway_start wan.gateway=10.0.0.200 workers.cores='[0, 1]' \
	nat="{timeouts: {icmp: 1h}, source: [{from: [192.168.0.0/24]}],
    destination: [{port: 80, to: \"192.168.0.100:7000\"},
        {port: 60000, to: \"192.168.0.100:7000\"}]}"
# That all sixteen belong to the same worker happens once in thirty thousand times.
for host in {100..115}; do
	check "192.168.0.$host reaches the WAN" reaches lan 10.9.0.2 -I "192.168.0.$host"
done
for host in {100..107}; do
	check "its TCP does ($host)" \
		answers "10.0.0.254 [0-9]+" lan tcp "192.168.0.$host" 5000 10.9.0.2 7000
done
check "two workers share the hosts of the LAN" \
	test "$(nat_sessions '[.[].worker] | unique | length')" = 2
check "a forwarded port that the first worker owns leads inside" \
	answers "10.0.0.200 6010" wan tcp 10.0.0.200 6010 10.0.0.254 80
check "one that the second owns does" \
	answers "10.0.0.200 6011" wan tcp 10.0.0.200 6011 10.0.0.254 60000
check "errors find their host" answers ECONNREFUSED lan udp 192.168.0.103 5004 10.9.0.2 7001

vm_start vm pc1
check "a client connects" connects pc1 192.168.0.1
on pc1 "ip route add 10.9.0.0/24 dev ppp0"
check "what it sends into its tunnel reaches a host behind the WAN" reaches pc1 10.9.0.2
check "it has its own NAT session" \
	nat_shows 'map(select(.inside | startswith("192.168.0.1:"))) | length == 1'
check "its TCP moves data out" moves pc1 up 10.9.0.2 4000000
gateway_stop
