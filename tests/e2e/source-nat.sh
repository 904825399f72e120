#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The LAN's own way out, with the rule of the example: hosts of the LAN, and a client that sends everything through
# its tunnel, reach hosts on the WAN that know nothing of the LAN. Ports lead back to a host inside, also from inside.
#
#   pc1 10.0.0.1 --- wan ---------- w0 [kanmond] l0 ---- l1 hosts 192.168.0.100 and .101
#   `- 192.168.0.1   | 10.0.0.200       NAT: 10.0.0.254
#                    `---- far 10.9.0.2
source "$(dirname "$0")/_init.sh"

# Answers on UDP and TCP, until it is ended, with the address and port that the one who asks has here.
serve() { # ADDRESS PORT
	exec python3 - "$@" <<-'END'
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
}

# Asks such a server; prints its answer, or the error's name.
ask() { # udp|tcp FROM PORT TO PORT [TTL]
	python3 - "$@" <<-'END'
		import errno, socket, sys
		kind = socket.SOCK_DGRAM if sys.argv[1] == "udp" else socket.SOCK_STREAM
		s = socket.socket(socket.AF_INET, kind)
		s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		s.settimeout(5)
		try:
		    s.bind((sys.argv[2], int(sys.argv[3])))
		    if len(sys.argv) > 6:
		        s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, int(sys.argv[6]))
		        s.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
		    s.connect((sys.argv[4], int(sys.argv[5])))
		    if sys.argv[1] == "udp":
		        s.send(b"who am I?")
		    print(s.recv(100).decode())
		except socket.timeout:
		    print("nothing")
		except OSError as e:
		    print(errno.errorcode[e.errno])
	END
}

lan_ask() {
	# The function itself, as it is: ip netns exec knows programs alone.
	lan bash -c "$(declare -f ask); ask \"\$@\"" ask "$@"
}

answers() { # PATTERN COMMAND...
	local pattern=$1 got
	shift
	got=$("$@")
	echo "$got"
	[[ $got =~ ^$pattern$ ]]
}

iperf_gets_through() { # iperf3's options
	local rate
	rate=$(lan iperf3 -J -c 10.9.0.2 -t 2 "$@" | jq '.end.sum_received.bits_per_second / 1e6')
	note "iperf3 $*: ${rate%.*} Mbit/s"
	[[ ${rate%.*} -ge 5 ]]
}

nat_sessions() { # JQ-FILTER
	ctl --json show nat sessions | jq -r "$1"
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
# The WAN's router is this machine; what kanmond's ports get is not for it.
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/ipv4/conf/w0/forwarding
echo 0 >/proc/sys/net/ipv4/conf/l0/forwarding
echo 1 >/proc/sys/net/ipv4/conf/l0/rp_filter
ip -n lan addr add 192.168.0.101/24 dev l1
ip -n lan route add default via 192.168.0.254

ip netns exec far bash -c "$(declare -f serve); serve 10.9.0.2 7000" &
serve 10.0.0.200 7000 &
lan bash -c "$(declare -f serve); serve 192.168.0.100 7000" &
ip netns exec far iperf3 -s -D -I "$tmp/iperf.pid" --logfile "$tmp/iperf.log"

gateway_start wan.gateway=10.0.0.200 nat="{source: [{name: lan, from: [192.168.0.0/24]}],
    destination: [{name: web, port: 8080, to: \"192.168.0.100:7000\"},
        {name: game, protocol: udp, port: 9000-9009, to: \"192.168.0.100:7000\", from: [10.0.0.0/24]}]}"
until_true 10 test -s "$tmp/iperf.pid"

check "a host of the LAN reaches one on the WAN" lan ping -c 3 -i 0.2 -W 5 10.0.0.200
check "and one behind the WAN's router" lan ping -c 3 -i 0.2 -W 5 10.9.0.2
check "UDP: it is seen with the gateway's address, and its own port" \
	answers "10.0.0.254 5000" lan_ask udp 192.168.0.100 5000 10.9.0.2 7000
check "UDP to another host: the same port (endpoint-independent mapping)" \
	answers "10.0.0.254 5000" lan_ask udp 192.168.0.100 5000 10.0.0.200 7000
check "TCP as well" answers "10.0.0.254 5000" lan_ask tcp 192.168.0.100 5000 10.9.0.2 7000
check "another host with the same port gets another one, as even as that" \
	answers "10.0.0.254 [0-9]*[02468]" lan_ask udp 192.168.0.101 5000 10.9.0.2 7000
check "which is not the same" not answers "10.0.0.254 5000" lan_ask udp 192.168.0.101 5000 10.9.0.2 7000
check "TCP moves data out" iperf_gets_through
check "TCP moves data in" iperf_gets_through -R
check "UDP moves data out" iperf_gets_through -u -b 10M

check "time exceeded on the way comes back to the host that sent UDP" \
	answers EHOSTUNREACH lan_ask udp 192.168.0.100 5002 10.9.0.2 7000 2
check "and to one that pings" grep -q 'From 10.0.0.200 .*Time to live exceeded' \
	<(lan ping -c 1 -W 5 -t 2 10.9.0.2)
check "port unreachable comes back" answers ECONNREFUSED lan_ask udp 192.168.0.100 5004 10.9.0.2 7001
check "TCP's refusal comes back" answers ECONNREFUSED lan_ask tcp 192.168.0.100 5004 10.9.0.2 7001
ip link set f0 mtu 1300
check "too big, DF: the host learns of the smaller MTU on the way" \
	grep -q 'mtu = 1300' <(lan ping -c 2 -i 0.2 -W 5 -M "do" -s 1400 10.9.0.2 2>&1)
ip link set f0 mtu 1500

check "a forwarded port leads a host on the WAN to the LAN" \
	answers "10.0.0.200 6000" ask tcp 10.0.0.200 6000 10.0.0.254 8080
check "a range of ports leads to as many ports there" \
	answers "10.0.0.200 6000" ask udp 10.0.0.200 6000 10.0.0.254 9000
check "beyond the first of them nobody listens, and the host inside says so" \
	answers ECONNREFUSED ask udp 10.0.0.200 6000 10.0.0.254 9001
check "it is not for networks that the rule does not name" \
	answers nothing ip netns exec far bash -c "$(declare -f ask); ask udp 10.9.0.2 6000 10.0.0.254 9000"
check "a port that nothing leads to gives no answer" \
	answers nothing ask tcp 10.0.0.200 6002 10.0.0.254 8081
check "from inside the forwarded port leads there as well, and the host there sees us (hairpinning)" \
	answers "10.0.0.254 [0-9]+" lan_ask tcp 192.168.0.101 6000 10.0.0.254 8080
check "a closed port inside tells so to a host outside" \
	grep -q 'ICMP 10.0.0.254 udp port 9001 unreachable' <(
		timeout 20 tcpdump -nn -l -i wan -c 1 'icmp[0] == 3' 2>/dev/null &
		until_true 15 eval 'ask udp 10.0.0.200 6004 10.0.0.254 9001 >/dev/null; [[ -z $(jobs -r) ]]'
	)

check "show nat counts what was opened" test "$(ctl --json show nat | jq '.[] | select(.name == "opened").count')" -ge 10
check "show nat rules counts the sessions of a forwarded port" \
	test "$(ctl --json show nat rules | jq '.[] | select(.name == "web").sessions')" -ge 2
check "show nat sessions has the flow with both its ends" test "$(nat_sessions '[.[] | select(.protocol == "udp" and
    .inside == "192.168.0.100:5000" and .outside == "10.0.0.254:5000" and .peer == "10.9.0.2:7000")] | length')" = 1
check "and TCP's state" test "$(nat_sessions '[.[] | select(.state == "closing")] | length')" -ge 1
check "it shows as many as are asked for" test "$(ctl --json show nat sessions 2 | jq length)" = 2

# With two workers, of which one has no queue, hosts are dealt to both.
two_workers() {
	local host n=0
	# That none of sixteen is the other worker's happens once in thirty thousand times.
	for host in {108..115}; do
		lan ping -c 1 -W 10 -I "192.168.0.$host" 10.9.0.2 || return 1
	done
	for host in {100..107}; do
		lan ping -c 1 -W 10 -I "192.168.0.$host" 10.9.0.2 &&
			until_true 20 answers "10.0.0.254 [0-9]+" lan_ask tcp "192.168.0.$host" 5000 10.9.0.2 7000 || return 1
	done
	n=$(nat_sessions '[.[].worker] | unique | length')
	[[ $n == 2 ]]
}

gateway_stop

for host in {102..115}; do
	ip -n lan addr add "192.168.0.$host/24" dev l1
done
gateway_start wan.gateway=10.0.0.200 workers.cores='[0, 1]' nat="{source: [{from: [192.168.0.0/24]}],
    destination: [{port: 80, to: \"192.168.0.100:7000\"}, {port: 60000, to: \"192.168.0.100:7000\"}]}"
check "two workers share the hosts of the LAN" two_workers
check "a forwarded port of the first worker's leads inside" answers "10.0.0.200 6010" ask tcp 10.0.0.200 6010 10.0.0.254 80
check "and one of the second's" answers "10.0.0.200 6011" ask tcp 10.0.0.200 6011 10.0.0.254 60000
check "and errors find their host" answers ECONNREFUSED lan_ask udp 192.168.0.103 5004 10.9.0.2 7001

vm_start vm pc1
check "a client connects" connects pc1 192.168.0.1
on pc1 "ip route add 10.9.0.0/24 dev ppp0"
check "what it sends into its tunnel reaches a host behind the WAN" on pc1 "ping -c 3 -i 0.2 -W 5 10.9.0.2"
check "it has a session of its own" test "$(nat_sessions '[.[] | select(.inside | startswith("192.168.0.1:"))] | length')" = 1
check "its TCP moves data out" test "$(on pc1 "iperf3 -J -c 10.9.0.2 -t 2" |
	jq '.end.sum_received.bits_per_second >= 5e6')" = true
gateway_stop
