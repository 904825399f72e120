#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Several clients at once: each has an address of its own, they reach each other, nobody notices that another
# connects, and an operator ends sessions one by one, by user, or all.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

gateway_start users='[{name: user-01, password: password123}, {name: user-02, password: other}]'
vm_start vm pc1 pc2

check "a first client connects" connects pc1 192.168.0.1

# 20 pings a second through the gateway while the second client is being set up.
ip netns exec lan ping -i 0.05 192.168.0.1 >"$tmp/ping-client.log" &
ping_client=$!
ip netns exec lan ping -i 0.05 192.168.0.254 >"$tmp/ping-gateway.log" &
ping_gateway=$!
check "a second client gets another address" \
	connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other
kill -INT "$ping_client" "$ping_gateway"
wait "$ping_client" "$ping_gateway" || :
check "meanwhile the first client answered each ping" grep -q ' 0% packet loss' "$tmp/ping-client.log"
check "meanwhile the gateway answered each ping" grep -q ' 0% packet loss' "$tmp/ping-gateway.log"

check "the first client reaches the second" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.2"
check "the second client reaches the first, with full packets" \
	on pc2 "ping -c 3 -i 0.2 -W 2 -M do -s 1372 192.168.0.1"
check "both reach the LAN host" on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "show sessions lists both" \
	test "$(sessions 'map(.user + " " + .address) | sort | join(", ")')" = "user-01 192.168.0.1, user-02 192.168.0.2"

log_mark
check "terminate ends a session by its number" \
	ctl terminate "$(sessions '.[] | select(.user == "user-01").session')"
check "the log says who ended it" log_wait 'session down: user=user-01.*why="'
check "its client notices" client pc1 gone 20
check "the other session stays" on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
check "the client whose session was ended connects again" \
	connects pc1 192.168.0.1
check "terminate ends the sessions of a user" ctl terminate user user-02
check "its client notices" client pc2 gone 20
check "terminate of what is not there fails" not ctl terminate user-02
check "terminate ends all" ctl terminate all
check "the client notices" client pc1 gone 20
check "no session is left" until_true 10 no_session
gateway_stop
