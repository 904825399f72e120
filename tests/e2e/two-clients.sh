#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two clients at once: each has its own address, they reach each other, neither notices that the
# other connects, and the operator terminates sessions one by one, by user, or all.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

gateway_start users='[{name: user-01, password: password123}, {name: user-02, password: other}]'
vm_start vm pc1 pc2

check "a first client connects" connects pc1 192.168.0.1

# 20 pings a second while the second client connects.
pings_start lan 192.168.0.1 0.05
pings_start lan 192.168.0.254 0.05
check "a second client gets another address" \
	connects pc2 192.168.0.2 USERNAME=user-02 PASSWORD=other
check "meanwhile the first client and the gateway answered each ping" pings_stop lan

check "the first client reaches the second" reaches pc1 192.168.0.2
check "the second client reaches the first, with full packets" \
	reaches pc2 192.168.0.1 -M "do" -s 1372
check "the second client reaches the LAN host" reaches pc2 192.168.0.100
check "show sessions lists both" \
	test "$(sessions 'map(.user + " " + .address) | sort | join(", ")')" = \
	"user-01 192.168.0.1, user-02 192.168.0.2"

log_mark
check "terminate ends a session by its number" \
	ctl terminate "$(sessions '.[] | select(.user == "user-01").session')"
check "the log says why it ended" log_wait 'session down: user=user-01.*why="'
check "its client notices" client pc1 gone
check "the other session stays" reaches pc2 192.168.0.100
check "the client whose session was ended connects again" \
	connects pc1 192.168.0.1
check "terminate ends the sessions of a user" ctl terminate user user-02
check "its client notices" client pc2 gone
check "terminate fails for a user without a session" not ctl terminate user user-02
check "terminate ends all" ctl terminate all
check "the client notices" client pc1 gone
check "no session is left" until_true no_session
gateway_stop
