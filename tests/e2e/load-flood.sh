#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A flood of first messages of IKE from made-up addresses, 20,000 a second, and clients that connect meanwhile.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-20, 10.0.0.199  10.0.0.254   192.168.0.254        192.168.0.100
#   and 198.18.0.0/15 behind 10.0.0.199
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

flood=(--hostile-flood 20000 --hostile-made-up 198.18.0.0-198.19.255.255)

connect() { # NAME FLAG...
	emulate "$@" --wan-address 10.0.0.199 --clients-count 20 --clients-rate 10 --clients-profiles all \
		--steps connect,disconnect &&
		note "$1: $(figure "$1" '"p50 \(.connect_ms.total.p50) ms, p99 \(.connect_ms.total.p99) ms, \(.hostile.flood) first messages"')" &&
		[[ $(figure "$1" .connects.up) == 20 && $(figure "$1" .connects.failures) == 0 ]]
}

lines_about_nobody() {
	local n
	n=$(grep -c ' 198\.1[89]\.' "$tmp/kanmond.log") || :
	note "$n lines about made-up addresses"
	((n < 4000))
}

only_half_open() {
	[[ $(sessions 'map(select(.state != "ike")) | length') == 0 ]]
}

gateway_start wan.gateway=10.0.0.199 'pools=["192.168.0.1-192.168.0.80"]' \
	'ike.proposals=[aes256-sha1-modp2048, aes256-sha256-modp2048, aes128-sha1-ecp256, aes256-sha1-modp1024, 3des-sha1-modp1024]' \
	ike.allow_weak=true log.level=info

check "20 clients connect out of the blue while it is flooded" connect unknown "${flood[@]}"
check "20 clients connect without a flood" connect calm
check "20 clients connect while it is flooded, and their like is known" connect known "${flood[@]}"
check "it was a flood" test "$(figure known '.hostile.flood > 20000')" = true
check "most first messages cost no connection" counts_more connections stateless 20000
check "the log has not drowned" lines_about_nobody
check "nothing but what waits for message 3 is left" until_true 15 only_half_open
gateway_stop
