#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# kanmon-load's clients against the stock server, so that what they do to kanmond later means something.
#
#   kanmon-load c0 ---- wan ---- pc254 10.0.0.254 [strongSwan, xl2tpd, pppd] 192.168.0.254 ---- lan ---- h0 kanmon-load
#   10.0.0.1                                                                                         192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

vm_start vm pc254 pc253
# The second PC's cable becomes the server's LAN.
ip link set tap-pc253 nomaster
ip link set tap-pc253 netns lan
ip -n lan link set tap-pc253 master lan up
vm_exec vm "ip -n pc253 link set wan netns pc254 name lan"
on pc254 "ip link set lan up; ip addr add 192.168.0.254/24 dev lan"
check "the server is ready" on pc254 "/job/server up"

serves() { # PROFILE FLAG...
	local status=0
	emulate "$@" --clients-profiles "$1" --traffic-mbps 2 --steps connect,traffic:3,rekey-esp,traffic:2,disconnect || status=$?
	((status == 0)) || VM_TIMEOUT=10 on pc254 "/job/server logs" >"$tmp/server-$1.log" 2>&1 || :
	note "$1: $(figure "$1" '"\(.connect_ms.total.p50) ms, up \(.traffic.up.arrived)/\(.traffic.up.sent), down \(.traffic.down.arrived)/\(.traffic.down.sent)"')"
	return "$status"
}
# pppd lets ios have the old pair of addresses (RFC 1172) that it asks for first; kanmond rejects that.
for profile in windows11 macos ios android11 strongswan libreswan; do
	check "$profile connects and moves data" serves "$profile"
done
check "so does one behind a NAT" serves windows11 --clients-nat 1
