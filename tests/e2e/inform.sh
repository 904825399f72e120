#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A client asks by DHCPINFORM, as Windows does after it has connected, and is told DNS, domain and
# routes; the routes work.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100, a router before 10.1.0.1
source "$(dirname "$0")/_init.sh"

# Sends a DHCPINFORM like that of Windows 10 out of ppp0 until it is answered, and prints the
# options of the answer as "NUMBER HEX".
cat >"$tmp/inform.py" <<'END'
import socket, struct, sys, time
address, patience = sys.argv[1], float(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"ppp0")
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.bind(("", 68))
s.settimeout(5)
message = struct.pack("!BBBBIHH4s4s4s4s16s64s128sI", 1, 8, 6, 0, 0x12345678, 0, 0,
                      socket.inet_aton(address), bytes(4), bytes(4), bytes(4), bytes(16),
                      bytes(64), bytes(128), 0x63825363)
message += bytes([53, 1, 8, 60, 8]) + b"MSFT 5.0"
message += bytes([55, 7, 6, 15, 44, 46, 47, 121, 249, 255])
end, answer = time.monotonic() + patience, None
while answer is None and time.monotonic() < end:
    s.sendto(message, ("255.255.255.255", 67))
    try:
        answer, source = s.recvfrom(2000)
    except TimeoutError:
        pass
print("from", source[0])
p = 240
while answer[p] != 255:
    print(answer[p], answer[p + 2:p + 2 + answer[p + 1]].hex())
    p += 2 + answer[p + 1]
END

told() { # LINE
	grep -qx -- "$1" "$tmp/answer.log"
}

gateway_start ppp.dns='[192.168.0.53]' ppp.domain=corp.example \
	ppp.routes='[192.168.0.0/24, 10.1.0.0/16]' lan.gateway=192.168.0.100
vm_start vm pc1
cp "$tmp/inform.py" "$tmp/vm/"
lan ip addr add 10.1.0.1/32 dev lo
check "a client connects" connects pc1 192.168.0.1
on pc1 "python3 /job/inform.py 192.168.0.1 $patience" >"$tmp/answer.log" 2>&1 || :
check "the gateway answers its DHCPINFORM" told "from 192.168.0.254"
check "with a DHCPACK" told "53 05"
check "with the DNS server" told "6 c0a80035"
check "with the domain" told "15 $(printf corp.example | od -An -tx1 | tr -d ' ')"
for option in 121 249; do
	check "with the routes (option $option)" told "$option 18c0a800c0a800fe100a01c0a800fe"
done
check "with no option that is not configured" not grep -qE '^(44|46|47) ' "$tmp/answer.log"
on pc1 "ip route add 10.1.0.0/16 dev ppp0"
check "the client reaches the network behind the LAN's router" reaches pc1 10.1.0.1
gateway_stop
