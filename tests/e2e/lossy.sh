#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A line that loses 30 % of all packets, doubles some and delivers some out of order: the client connects all the
# same, and leaves nothing behind. Before that, on a good line: IKE messages in fragments.
#
#   pc1 10.0.0.1 ---- wan ---- y1 y0 [lossy.py] w1 ---- w0 [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start
vm_start vm pc1 pc2

check "a client connects whose messages of IKE come in fragments" \
	connects pc2 192.168.0.1 FRAGMENT_SIZE=200
check "they did" on pc2 "grep -q 'FRAG(3/3)' /run/client/charon.log"
check "packets pass" on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.100"
client pc2 down
check "no session is left" until_true 10 no_session

# The line is cut between the bridge and the gateway, and spliced with a bad piece.
ip link set w1 nomaster
ip link add y0 type veth peer name y1
ip link set y1 master wan up
ip link set y0 up
plain env y0
plain env y1
ip link set w1 promisc on
ip link set y0 promisc on
python3 "$e2e/lossy.py" w1 y0 >"$tmp/lossy.log" 2>&1 &
check "the bad line works" until_true 10 grep -q ready "$tmp/lossy.log"

arrives() {
	local n
	n=$(on pc1 "ping -c 50 -i 0.05 -W 1 192.168.0.254 | grep -o '[0-9]* received'") || :
	note "of 50 pings over the bad line, ${n:-none}"
	((${n%% *} > 5))
}

check "the client connects over it" connects pc1 192.168.0.1 TIMEOUT=90
# The client may think itself up before the gateway has its last acknowledgement.
check "packets pass" until_true 60 arrives
client pc1 down
check "no session is left" until_true 120 no_session
gateway_stop
