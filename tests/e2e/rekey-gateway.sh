#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway's ESP lifetime is shorter than the client's, which would keep its keys for an hour: the gateway renews
# them itself, under traffic, and not one packet is lost.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

begun() { # TIMES
	(($(grep -c 'quick mode .* begun by us' "$tmp/kanmond.log") >= $1))
}

# If one is lost: what kanmond did with it, packet by packet.
pings_all() { # COUNT INTERVAL
	on pc1 "ping -q -i $2 -c $1 -W 5 192.168.0.100 | tee /dev/stderr | grep -q ' $1 received, 0% packet loss'" &&
		return
	ctl show sessions
	ctl show esp
	ctl show counters
	on pc1 "ip -s xfrm state; cat /proc/net/xfrm_stat; ip -s link show ppp0"
	return 1
}

gateway_start esp.lifetime=30s
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1 LIFETIME=1h
# The pair is renewed after 25 s each time, the old one expires 5 s later.
check "no ping of 4,000 is lost in 80 s" pings_all 4000 0.02
check "meanwhile the gateway renewed the pair" begun 2
check "the old SAs are gone" test "$(ctl --json show esp | jq length)" -le 2
check "it is still one session" test "$(sessions '.[0].seconds')" -ge 75
check "the LAN host reaches the client" lan ping -c 3 -i 0.2 -W 2 192.168.0.1
gateway_stop
