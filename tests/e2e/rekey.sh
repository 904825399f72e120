#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The client renews its IPsec SA under traffic, and not one packet is lost.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

pair_is_gone() { # SPI
	ctl --json show esp | jq -e --arg spi "$1" 'all(.spi_in != $spi)' >/dev/null
}

gateway_start
vm_start vm pc1
# The client renews the pair each 25 s, and the old one expires 15 s later.
check "the client connects with an SA of 40 s" connects pc1 192.168.0.1 LIFETIME=40s MARGIN=15s
session=$(sessions '.[0].session') first=$(ctl --json show esp | jq -r '.[0].spi_in')
pings_start pc1 192.168.0.100 0.01
check "the client renews its SA" until_true logged_more 'esp: .* spi .* in .* out' 1
check "it renews it again" until_true logged_more 'esp: .* spi .* in .* out' 2
check "the old SAs expire" until_true pair_is_gone "$first"
check "meanwhile no ping was lost" pings_stop pc1
check "it is still the same session" test "$(sessions '.[].session')" = "$session"
check "the LAN host reaches the client" reaches lan 192.168.0.1
gateway_stop
