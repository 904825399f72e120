#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A flood of first messages of IKE from spoofed addresses, and clients that connect meanwhile.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-20, 10.0.0.199  10.0.0.254   192.168.0.254        192.168.0.100
#   and 198.18.0.0/15 behind 10.0.0.199
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

# A second, as far as kanmon-load gets to send them.
flood=(--hostile-flood 20000 --hostile-made-up 198.18.0.0-198.19.255.255)

connect() { # NAME FLAG...
	local said='p50 \(.connect_ms.total.p50) ms, p99 \(.connect_ms.total.p99) ms'
	emulate "$@" --wan-address 10.0.0.199 --clients-count 20 --clients-rate 10 \
		--clients-profiles all --steps connect,disconnect &&
		note "$1: $(figure "$1" "\"$said, \(.hostile.flood) first messages\"")" &&
		shows "$1" '.connects | .up == 20 and .failures == 0'
}

# One of five messages at most.
few_lines_about_spoofed() {
	local lines messages
	lines=$(logged ' 198\.1[89]\.')
	messages=$(jq -s '[.[].hostile.flood] | add' "$tmp/unknown.json" "$tmp/known.json")
	note "$lines lines about $messages messages from spoofed addresses"
	((lines < messages / 5))
}

only_half_open() {
	[[ $(sessions 'map(select(.state != "ike")) | length') == 0 ]]
}

gateway_start wan.gateway=10.0.0.199 pools='[192.168.0.1-192.168.0.80]' \
	ike.proposals="$load_suites" ike.allow_weak=true log.level=info

check "20 clients whose first message is not known yet connect during a flood" \
	connect unknown "${flood[@]}"
check "20 clients connect without a flood" connect calm
check "20 clients whose first message is known connect during a flood" connect known "${flood[@]}"
check "it was a flood: more than a hundred messages per message of a client" \
	shows known '.hostile.flood > 100 * 20'
stateless=$(jq '.hostile.flood / 2 | floor' "$tmp/known.json")
check "most first messages created no connection" counts_more connections stateless "$stateless"
check "the log has few lines about spoofed addresses" few_lines_about_spoofed
check "nothing is left but what waits for message 3" until_true only_half_open
gateway_stop
