#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# kanmon-load's clients against the stock server, so that what they do with kanmon means something.
#
#   kanmon-load c0 -- wan -- pc254 [strongSwan, xl2tpd, pppd] -- lan -- h0 kanmon-load
#   10.0.0.1                10.0.0.254   192.168.0.254               192.168.0.100
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

# With a window, as TCP has one, no client sends more than the emulated server can take.
serves() { # PROFILE FLAG...
	local status=0
	emulate "$@" --clients-profiles "$1" --traffic-mbps 2 --traffic-window 8 \
		--steps connect,traffic:2,rekey-esp,traffic:1,disconnect || status=$?
	((status == 0)) || on pc254 "/job/server logs" >"$tmp/server-$1.log" 2>&1 || :
	note "$1: $(figure "$1" '"\(.connect_ms.total.p50) ms, " + (.traffic |
		"up \(.up.arrived)/\(.up.sent), down \(.down.arrived)/\(.down.sent)")')"
	((status == 0)) && shows "$1" '.traffic | .up.arrived > 0 and .down.arrived > 0'
}
# pppd accepts the old pair of addresses (RFC 1172) that ios asks for first; kanmond rejects it.
for profile in windows11 macos ios android11 strongswan libreswan; do
	check "$profile connects and moves data" serves $profile
done
check "so does windows11 behind a NAT" serves windows11 --clients-nat 1
