#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Settings beyond the example's do what they say: fixed addresses, DNS servers, PFS, lifetimes, a
# secret in a file; and kanmonctl and DPDK's telemetry answer the operator's questions.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

# The answer of a command of DPDK's telemetry.
telemetry() { # COMMAND
	python3 - "$1" <<-'END'
		import glob, socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
		s.connect(glob.glob("/run/dpdk/*/dpdk_telemetry.v2")[0])
		s.recv(65536)
		s.send(sys.argv[1].encode())
		print(s.recv(65536).decode())
	END
}

tells() { # COMMAND JQ-TEST
	telemetry "$1" | tee /dev/stderr | jq -e "$2"
}

both_ways() { # WORD...
	ctl "$@" && ctl --json "$@" | jq -e 'type == "array" and length > 0'
}

echo secret-in-a-file >"$tmp/psk"
chmod 600 "$tmp/psk"
gateway_start ike.psk="file:$tmp/psk" ike.lifetime=10m \
	esp.lifetime=5m esp.pfs='[modp2048, ecp256]' \
	ppp.dns='[192.168.0.53, 192.168.0.54]' wan.gateway=10.0.0.200 \
	filter.rules='[{name: to-hosts, action: accept, from: [client], to: [lan]}]' \
	users='[{name: user-01, password: password123, address: 192.168.0.40},
    {name: user-02, password: other}]'
vm_start vm pc1 pc2

check "a client connects with the key from the file and PFS, and gets its fixed address" \
	connects pc1 192.168.0.40 PSK=secret-in-a-file ESP=aes128-sha1-modp2048 PPP=usepeerdns
check "it reaches the LAN host" reaches pc1 192.168.0.100
check "it learns both DNS servers" \
	test "$(on pc1 "awk '{ print \$2 }' /etc/ppp/resolv.conf" | xargs)" = \
	"192.168.0.53 192.168.0.54"
check "the shorter of both lifetimes applies to ESP" \
	test "$(ctl --json show esp | jq '.[0].life')" = 300
check "and to IKE" test "$(ctl --json show ike | jq '.[0].left <= 600')" = true

check "another user gets an address of the pool" \
	connects pc2 192.168.0.1 PSK=secret-in-a-file USERNAME=user-02 PASSWORD=other
for what in sessions ike esp counters stages memory leases; do
	check "kanmonctl show $what answers as text and as JSON" both_ways show $what
done
check "telemetry counts both sessions" tells /kanmon/summary '[.. | numbers] | any(. == 2)'
check "telemetry lists the sessions" tells /kanmon/sessions '[.. | numbers] == [1, 2]'
check "telemetry lists the sessions from a number on" \
	tells /kanmon/sessions,2+ '[.. | numbers] == [2]'
check "telemetry has one session's details" tells /kanmon/sessions,2 \
	'[.. | strings] | any(. == "user-02") and any(. == "aes128-sha1")'
check "telemetry has what memory holds" tells /kanmon/memory \
	'[.. | objects | .sessions?] | any(. == 2)'
check "telemetry counts the filter's flows" tells /kanmon/filter \
	'[.. | objects | .flows?] | any(. >= 1)'
check "and one rule's packets" tells /kanmon/filter,to-hosts \
	'[.. | objects | .packets?] | any(. >= 3)'
lan ip route add default via 192.168.0.254
check "the LAN host reaches the WAN" reaches lan 10.0.0.200
check "telemetry counts its NAT session" tells /kanmon/nat \
	'[.. | objects | .sessions?] | any(. == 1)'
check "telemetry lists the drops" tells /kanmon/drops '[.. | objects | keys[]] | any(. == "spoof")'

# The user with the fixed address connects from another PC: the new session replaces the old one.
log_mark
client pc2 down
check "the same user from another PC gets the session" \
	connects pc2 192.168.0.40 PSK=secret-in-a-file
check "the log says that the old one was replaced" log_wait 'session down: user=user-01 .*replaced'
check "there is one session of that user" \
	test "$(sessions '[.[] | select(.user == "user-01" and .state == "up")] | length')" = 1
gateway_stop
