#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What a client broadcasts, as Windows does to find names, reaches the LAN and the other client, and
# what the LAN broadcasts reaches clients: if lan.broadcast says so, UDP alone, one hop further, and
# never DHCP.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

# listen DEVICE FILE: writes each UDP datagram that comes in to the file, as
#                     "SOURCE > DESTINATION:PORT ttl N TEXT"
# send DEVICE DESTINATION PORT TTL TEXT: sends one from port 40000
cat >"$tmp/dgram.py" <<'END'
import socket, struct, sys
what, device = sys.argv[1:3]
if what == "send":
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, int(sys.argv[5]))
    s.bind(("", 40000))
    s.sendto(sys.argv[6].encode(), (sys.argv[3], int(sys.argv[4])))
    sys.exit()
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
s.bind((device, 0x0800))
with open(sys.argv[3], "w", buffering=1) as f:
    print("ready", file=f)
    while True:
        p, source = s.recvfrom(2000)
        if p[9] == 17 and source[2] != socket.PACKET_OUTGOING:
            port = struct.unpack("!H", p[22:24])[0]
            source, to = socket.inet_ntoa(p[12:16]), socket.inet_ntoa(p[16:20])
            text = p[28:].decode(errors="replace")
            print(f"{source} > {to}:{port} ttl {p[8]} {text}", file=f)
END

hears() { # FILE LINE
	until_true grep -qsxF -- "$2" "$tmp/$1"
}

heard_not() { # FILE PATTERN
	not grep -q -- "$2" "$tmp/$1"
}

# The client's kernel does not know the LAN's broadcast address by itself.
pc_listens() { # PC
	on "$1" "ip route add broadcast 192.168.0.255 dev ppp0 table local
		setsid python3 /job/dgram.py listen ppp0 /job/$1.heard </dev/null >/dev/null 2>&1 &"
	hears "vm/$1.heard" ready
}

pc_sends() { # PC DESTINATION PORT TTL TEXT
	on "$1" "python3 /job/dgram.py send ppp0 $2 $3 $4 $5"
}

lan_sends() { # DESTINATION PORT TTL TEXT
	lan python3 "$tmp/dgram.py" send l1 "$@"
}

users='[{name: user-01, password: password123, address: 192.168.0.1},
    {name: user-02, password: password123, address: 192.168.0.2}]'
directed='192.168.0.1 > 192.168.0.255:137 ttl 63'
limited='192.168.0.1 > 255.255.255.255:1947 ttl 63'
lan_directed='192.168.0.100 > 192.168.0.255'
lan python3 "$tmp/dgram.py" listen l1 "$tmp/lan.heard" &
check "the LAN listens" hears lan.heard ready

gateway_start users="$users"
vm_start vm pc1 pc2
cp "$tmp/dgram.py" "$tmp/vm/"
check "a client connects" connects pc1 192.168.0.1
punted=$(counter punt broadcast)
pc_sends pc1 192.168.0.255 137 64 by-default
check "its broadcast reaches the gateway" until_true counts_more punt broadcast "$punted"
check "by default it goes no further" heard_not lan.heard by-default # and below
check "the client disconnects" client pc1 down
gateway_stop

gateway_start users="$users" lan.broadcast=true
check "a client connects" connects pc1 192.168.0.1
check "another client connects" connects pc2 192.168.0.2 USERNAME=user-02
check "the first client listens" pc_listens pc1
check "the second client listens" pc_listens pc2

pc_sends pc1 192.168.0.255 137 64 directed
check "a client's directed broadcast reaches the LAN, one hop further" \
	hears lan.heard "$directed directed"
check "and the other client" hears vm/pc2.heard "$directed directed"
pc_sends pc1 255.255.255.255 1947 64 limited
check "its limited broadcast reaches the LAN" hears lan.heard "$limited limited"
check "and the other client" hears vm/pc2.heard "$limited limited"
lan_sends 192.168.0.255 138 64 from-the-lan
check "a broadcast of the LAN reaches the first client" \
	hears vm/pc1.heard "$lan_directed:138 ttl 63 from-the-lan"
check "and the second" hears vm/pc2.heard "$lan_directed:138 ttl 63 from-the-lan"

pc_sends pc1 192.168.0.255 137 1 last-hop
pc_sends pc1 192.168.0.255 67 64 dhcp
lan_sends 255.255.255.255 68 64 dhcp
lan_sends 192.168.0.255 137 1 last-hop
pc_sends pc1 192.168.0.255 137 64 the-end
check "a later broadcast of a client is relayed" hears lan.heard "$directed the-end"
lan_sends 192.168.0.255 137 64 the-other-end
check "a later one of the LAN is relayed" \
	hears vm/pc1.heard "$lan_directed:137 ttl 63 the-other-end"
check "the second client hears it, and so has heard all before" \
	hears vm/pc2.heard "$lan_directed:137 ttl 63 the-other-end"
for file in lan.heard vm/pc1.heard vm/pc2.heard; do
	check "DHCP and packets on their last hop were not relayed ($file)" \
		heard_not "$file" 'dhcp$\|last-hop$'
	check "nor was a broadcast while lan.broadcast was off ($file)" heard_not "$file" by-default
done
check "the sender does not hear itself" heard_not vm/pc1.heard '^192.168.0.1 >'
check "each was heard once" test "$(grep -c 'directed$' "$tmp/lan.heard")" = 1
check "the counter has them" test "$(counter broadcast relayed)" -ge 5
gateway_stop
