#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# IP fragments. The path of a client to the gateway has an MTU of 296 bytes: its IKE messages and
# its ESP packets arrive in fragments, and it works like any other. Packets to the gateway itself
# may be larger than any link's MTU. Floods of fragments that never become packets are bounded and
# disturb nobody. One of two workers has no queue, but half the fragments.
#
#   pc1 10.0.0.1 (MTU of its link: 296) ---- wan ---- [kanmond] ---- lan 192.168.0.100
#   this host 10.0.0.200
source "$(dirname "$0")/_init.sh"

# Fragments from raw sockets of this host: WHAT COUNT (0: endless)
#   reverse   echo requests in three fragments, the last one first; succeeds when all are answered
#   twice     first fragments, each sent twice
#   overlap   pairs of fragments that overlap
#   first     first fragments of UDP port 4500, and nothing after them
#   middle    middle fragments of ESP from random sources
fragments() { # WHAT COUNT
	python3 "$tmp/fragments.py" "$@" "$patience"
}

cat >"$tmp/fragments.py" <<'END'
import itertools, random, socket, struct, sys
what, count = sys.argv[1], int(sys.argv[2])
us, gateway = "10.0.0.200", "10.0.0.254"
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)

def checksum(b):
    b += b"\0" * (len(b) % 2)
    n = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    n = (n >> 16) + (n & 0xffff)
    return ~(n + (n >> 16)) & 0xffff

def send(ident, protocol, at, more, payload, src=us):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, more << 13 | at // 8,
                         64, protocol, 0, socket.inet_aton(src), socket.inet_aton(gateway))
    s.sendto(header + payload, (gateway, 0))

def echo(ident, size):
    data = bytes(i * 7 & 0xff for i in range(size))
    head = struct.pack("!BBHHH", 8, 0, 0, ident, 1)
    return struct.pack("!BBHHH", 8, 0, checksum(head + data), ident, 1) + data

if what == "reverse":
    answers = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    answers.settimeout(float(sys.argv[3]))
    for ident in range(1, count + 1):
        packet = echo(ident, 3000)
        for at in (2400, 1200, 0):
            send(ident, 1, at, at < 2400, packet[at:at + 1200])
        while True:
            got = answers.recv(65536)[20:]
            if got[0] == 0 and got[4:6] == packet[4:6]:
                break
        assert got[8:] == packet[8:], "the answer differs from the request"
for i in range(count) if count else itertools.count():
    if what == "twice":
        send(i + 1, 1, 0, 1, bytes(800))
        send(i + 1, 1, 0, 1, bytes(800))
    elif what == "overlap":
        send(i + 1, 1, 0, 1, bytes(800))
        send(i + 1, 1, 792, 0, bytes(88))
    elif what == "first":
        send(i & 0xffff, 17, 0, 1, struct.pack("!HHHH", 4500, 4500, 1000, 0) + bytes(480))
    elif what == "middle":
        source = f"10.0.{random.randrange(1, 255)}.{i % 254 + 1}"
        send(random.randrange(65536), 50, 480, 1, bytes(480), source)
END

few_are_held() {
	(($(counter reassembly held) <= $1))
}

gateway_start "${raw_frames[@]}" workers.cores='[0, 1]'
vm_start vm pc1
on pc1 "ip link set wan mtu 296"
check "a client connects whose IKE messages arrive in IP fragments" connects pc1 192.168.0.1
check "the gateway has reassembled some" test "$(counter reassembly packets)" -ge 1
n=$(counter reassembly packets)
check "its full packets reach the LAN" reaches pc1 192.168.0.100 -M "do" -s 1372
check "they arrived in fragments" test "$(counter reassembly packets)" -ge $((n + 3))
check "full packets to it pass" reaches lan 192.168.0.1 -M "do" -s 1372
check "no fragment waits any more" until_true few_are_held 0

check "the gateway answers large packets from its WAN" reaches wan 10.0.0.254 -s 5000
check "from the LAN" reaches lan 192.168.0.254 -s 3000
check "and out of a session" reaches pc1 192.168.0.254 -s 3000
check "and fragments in another order, with the same bytes" fragments reverse 20

n=$(counter drop reass_overlap)
fragments twice 5
check "duplicate fragments are dropped and counted" \
	until_true counts_more drop reass_overlap $((n + 9))
n=$(counter drop reass_overlap)
fragments overlap 5
check "so are overlapping ones" until_true counts_more drop reass_overlap $((n + 9))
n=$(counter drop reass_too_big)
check "a packet that exceeds the limit is not answered" is_silent wan 10.0.0.254 -s 12000
check "it is dropped and counted" until_true counts_more drop reass_too_big "$n"

python3 "$tmp/fragments.py" first 0 &
flood=$!
python3 "$tmp/fragments.py" middle 0 &
flood2=$!
check "a flood of fragments reaches the limit" until_true counts_more drop reass_full 1000
# 1024 of each of the two workers.
check "no more are held" few_are_held 2048
check "meanwhile the client's packets pass" reaches pc1 192.168.0.100
check "and those that arrive in fragments" reaches pc1 192.168.0.100 -M "do" -s 1372
check "the flood goes on until here" kill "$flood" "$flood2"
wait "$flood" "$flood2" 2>/dev/null || :
check "its fragments expire" until_true few_are_held 0
check "their expiry is counted" counts_more drop reass_timeout 0
check "the client still works" reaches pc1 192.168.0.100 -M "do" -s 1372
check "it disconnects" client pc1 down
check "no session is left" until_true no_session
gateway_stop
