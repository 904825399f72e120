#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The client renews its IPsec SA under traffic, and not one packet is lost.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

rekeyed() { # TIMES
	(($(grep -c 'esp: .* spi .* in .* out' "$tmp/kanmond.log") > $1))
}

gateway_start
vm_start vm pc1
check "the client connects with an SA of 60 s" \
	connects pc1 192.168.0.1 LIFETIME=60s MARGIN=15s
# 100 pings a second for 110 s: the SA is renewed at 45 and at 90 s, the first one expires at 60 s.
check "no ping of 11,000 is lost" pings_all pc1 11000 0.01
check "meanwhile the SA was renewed twice" rekeyed 2
check "the old SAs are gone" test "$(ctl --json show esp | jq length)" -le 2
check "it is still one session" test "$(sessions '.[0].seconds')" -ge 105
check "the LAN host reaches the client" lan ping -c 3 -i 0.2 -W 2 192.168.0.1
gateway_stop
