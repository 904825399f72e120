#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A hundred clients connect and disconnect, ten times: nothing of them remains.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-199             10.0.0.254   192.168.0.254        192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

held() { # NAME
	ctl --json show memory | jq --arg name "$1" '.[] | select(.name == $name) | .count'
}

# A client whose goodbyes are all lost remains until L2TP gives it up.
tables_are_empty() {
	ctl --json show memory | jq -e '[.[] |
		select(.name | IN("connections", "isakmp_sas", "half_open", "esp_pairs", "tunnels",
			"links", "waiting", "leases", "sessions", "spis", "buried", "sa_bytes")) |
		.count] | length == 12 and add == 0' >/dev/null
}

rounds() { # NAME NUMBER
	emulate "$1" --clients-count 100 --clients-rate 50 --rounds "$2" \
		--steps connect,disconnect &&
		shows "$1" ".connects.up + .connects.failures == 100 * $2"
}

all_are_probed() {
	[[ $(counter addresses unprobed) == 0 ]]
}

gateway_start pools='[192.168.0.101-192.168.0.230]' ike.proposals='[aes256-sha1-modp2048]' \
	log.level=notice
check "the gateway has probed all addresses" until_true all_are_probed

check "100 clients connect and disconnect, twice" rounds first 2
check "no table has an entry of them" until_true tables_are_empty
heap=$(held heap_bytes) kept=$(held sa_held) timers=$(held timers)
check "they do it eight more times" rounds more 8
check "no table has an entry of them" until_true tables_are_empty
# The allocator's own caches are included, whose filling varies.
check "the heap is as large as before" test "$(held heap_bytes)" -le $((heap + 65536))
check "so is the memory of the data plane" test "$(held sa_held)" = "$kept"
# The clients' addresses are on the WAN: known neighbours, some of which may come or go.
check "no timer runs that did not run before" test "$(held timers)" -le $((timers + 4))
gateway_stop
