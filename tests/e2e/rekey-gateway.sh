#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway's lifetimes are shorter than the client's, which would keep its keys for hours: the
# gateway renews ESP and IKE SAs itself, all on UDP port 4500 as if there was a NAT, under traffic,
# and not one packet is lost.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

ike_sas_are() { # NUMBER
	(($(ctl --json show ike | jq 'map(select(.state == "up")) | length') == $1))
}

pair_is_gone() { # SPI
	ctl --json show esp | jq -e --arg spi "$1" 'all(.spi_in != $spi)' >/dev/null
}

# It renews a pair after 20 s, and the old one expires 10 s later; the ISAKMP SA after 40 s.
gateway_start esp.lifetime=30s ike.lifetime=60s esp.pfs='[ecp256]'
vm_start vm pc1
check "the client connects" \
	connects pc1 192.168.0.1 LIFETIME=1h ESP=aes128-sha1-ecp256 ENCAPS=yes
session=$(sessions '.[0].session') first=$(ctl --json show esp | jq -r '.[0].spi_in')
pings_start pc1 192.168.0.100 0.02
check "the gateway renews the pair twice" until_true logged_more 'quick mode.* initiated' 1
check "each time with PFS, as the client did" test "$(logged 'quick mode.* initiated')" = \
	"$(logged 'quick mode.* initiated, offering .*ecp256')"
check "the gateway renews the ISAKMP SA" until_true logged_more 'main mode.* initiated' 0
check "on UDP port 4500" until_true logged_more 'main mode: up.*on UDP port 4500' 1
# The client deletes the old one ten seconds after there is a new one.
check "the old ISAKMP SA ends" until_true ike_sas_are 1
check "the old IPsec SAs end" until_true pair_is_gone "$first"
check "meanwhile no ping was lost" pings_stop pc1
check "it is still the same session" test "$(sessions '.[].session')" = "$session"
check "the LAN host reaches the client" reaches lan 192.168.0.1
gateway_stop
