#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway's lifetimes are shorter than the client's, which would keep its keys for hours: the gateway renews ESP and
# IKE SAs itself, all in UDP 4500 as if there was a NAT, under traffic, and not one packet is lost.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

begun() { # EXCHANGE TIMES
	(($(grep -c "$1.* initiated" "$tmp/kanmond.log") >= $2))
}

gateway_start esp.lifetime=30s ike.lifetime=60s esp.pfs='[ecp256]'
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1 LIFETIME=1h ESP=aes128-sha1-ecp256 ENCAPS=yes
# The pair is renewed after 20 s each time, the old one expires 10 s later; the ISAKMP SA after 40 s.
check "no ping of 4,000 is lost in 80 s" pings_all pc1 4000 0.02
check "meanwhile the gateway renewed the pair, with PFS as the client had it" begun 'quick mode' 2
check "each time" not grep -q 'quick mode.* initiated, offering aes128-sha1$' "$tmp/kanmond.log"
check "and the ISAKMP SA" begun 'main mode' 1
check "in UDP 4500" test "$(grep -c 'main mode: up.*on UDP port 4500' "$tmp/kanmond.log")" -ge 2
one_ike_sa() {
	[[ $(ctl --json show ike | jq 'map(select(.state == "up")) | length') == 1 ]]
}
# The client deletes the old one ten seconds after there is a new one.
check "the old one has ended, there is a new one" until_true 20 one_ike_sa
check "the old SAs are gone" test "$(ctl --json show esp | jq length)" -le 2
check "it is still one session" test "$(sessions '.[0].seconds')" -ge 75
check "the LAN host reaches the client" lan ping -c 3 -i 0.2 -W 2 192.168.0.1
gateway_stop
