#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Fragments of IP. A client whose road to the gateway carries 296 bytes: its messages of IKE and its ESP come in
# fragments, and it works as any other. Packets to the gateway itself may be larger than any link. Floods of fragments
# that never become packets are bounded and disturb nobody. Of two workers one has no queue, but half the fragments.
#
#   pc1 10.0.0.1 (MTU of its link: 296) ---- wan ---- [kanmond] ---- lan 192.168.0.100
#   this host 10.0.0.200
source "$(dirname "$0")/_init.sh"

# net_af_packet lets the kernel put fragments together before it takes them; this one takes frames as they are.
frames_as_they_are=(wan.device=net_pcap0,rx_iface_in=w0,tx_iface=w0 lan.device=net_pcap1,rx_iface_in=l0,tx_iface=l0)

pings() { # TO SIZE [OPTION...]
	local to=$1 size=$2
	shift 2
	ping -c 3 -i 0.2 -W 3 -s "$size" "$@" "$to"
}

# Fragments as they come from raw sockets of this host: WHAT COUNT.
#   reverse   echo requests in three fragments, the last one first; succeeds when all are answered
#   twice     first fragments that come twice
#   overlap   two fragments that overlap
#   first     first fragments of UDP port 4500, and nothing after them
#   middle    of ESP, from made-up sources
fragments() { # WHAT COUNT
	python3 "$tmp/fragments.py" "$@"
}

cat >"$tmp/fragments.py" <<'END'
import random, socket, struct, sys
what, count = sys.argv[1], int(sys.argv[2])
us, gateway = "10.0.0.200", "10.0.0.254"
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

def checksum(b):
    b += b"\0" * (len(b) % 2)
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    n = (n >> 16) + (n & 0xffff)
    return ~(n + (n >> 16)) & 0xffff

def send(ident, protocol, at, more, payload, src=us):
    s.sendto(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, more << 13 | at // 8, 64,
        protocol, 0, socket.inet_aton(src), socket.inet_aton(gateway)) + payload, (gateway, 0))

def echo(ident, size):
    data = bytes(i * 7 & 0xff for i in range(size))
    head = struct.pack("!BBHHH", 8, 0, 0, ident, 1)
    return struct.pack("!BBHHH", 8, 0, checksum(head + data), ident, 1) + data

if what == "reverse":
    answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    answers.settimeout(10)
    for ident in range(1, count + 1):
        packet = echo(ident, 3000)
        for at in (2400, 1200, 0):
            send(ident, 1, at, at < 2400, packet[at:at + 1200])
        while True:
            got = answers.recv(65536)[20:]
            if got[0] == 0 and got[4:6] == packet[4:6]:
                break
        assert got[8:] == packet[8:], "another answer than was asked for"
for i in range(count):
    if what == "twice":
        send(i + 1, 1, 0, 1, bytes(800))
        send(i + 1, 1, 0, 1, bytes(800))
    elif what == "overlap":
        send(i + 1, 1, 0, 1, bytes(800))
        send(i + 1, 1, 792, 0, bytes(88))
    elif what == "first":
        send(i & 0xffff, 17, 0, 1, struct.pack("!HHHH", 4500, 4500, 1000, 0) + bytes(480))
    elif what == "middle":
        send(random.randrange(65536), 50, 480, 1, bytes(480), "10.0.%d.%d" % (random.randrange(1, 255), i % 254 + 1))
END

few_are_held() {
	(($(counter reassembly held) <= $1))
}

gateway_start "${frames_as_they_are[@]}" workers.cores='[0, 1]'
vm_start vm pc1
on pc1 "ip link set wan mtu 296"
check "a client connects whose messages of IKE come in fragments of IP" \
	connects pc1 192.168.0.1
check "they did" test "$(counter reassembly packets)" -ge 1
n=$(counter reassembly packets)
check "its full packets come in fragments and reach the LAN" on pc1 "ping -c 5 -i 0.2 -W 3 -M do -s 1372 192.168.0.100"
check "they did come in fragments" test "$(counter reassembly packets)" -ge $((n + 5))
check "full packets to it pass" lan ping -c 5 -i 0.2 -W 3 -M do -s 1372 192.168.0.1
check "nothing waits any more" test "$(counter reassembly held)" = 0

check "the gateway answers large packets from its WAN" pings 10.0.0.254 5000
check "from the LAN" lan ping -c 3 -i 0.2 -W 3 -s 3000 192.168.0.254
check "and out of a session" on pc1 "ping -c 3 -i 0.2 -W 3 -s 3000 192.168.0.254"
check "and of fragments that come in another order, with the same bytes" fragments reverse 20

n=$(counter drop reass_overlap)
fragments twice 5
check "fragments that come twice are dropped and counted" until_true 5 counts_more drop reass_overlap $((n + 9))
n=$(counter drop reass_overlap)
fragments overlap 5
check "so are those that overlap" until_true 5 counts_more drop reass_overlap $((n + 9))
n=$(counter drop reass_too_big)
check "a packet larger than any that is taken has no answer" not ping -c 1 -W 1 -s 12000 10.0.0.254
check "it is dropped and counted" counts_more drop reass_too_big "$n"

python3 "$tmp/fragments.py" first 1000000 &
flood=$!
python3 "$tmp/fragments.py" middle 1000000 &
flood2=$!
check "a flood of fragments fills no more than its limit" until_true 20 counts_more drop reass_full 1000
# 1024 by each of the two workers.
check "while it lasts, few are held" few_are_held 2048
check "the client's packets pass meanwhile, whole ones" on pc1 "ping -c 5 -i 0.2 -W 3 192.168.0.100"
check "and those in fragments" on pc1 "ping -c 5 -i 0.2 -W 3 -M do -s 1372 192.168.0.100"
check "the flood did last" kill "$flood" "$flood2"
wait "$flood" "$flood2" 2>/dev/null || :
check "what was left of it is given up in time" until_true 10 few_are_held 0
check "and counted" counts_more drop reass_timeout 0
check "the client still works" on pc1 "ping -c 3 -i 0.2 -W 3 -M do -s 1372 192.168.0.100"
client pc1 down
check "no session is left" until_true 10 no_session
gateway_stop
