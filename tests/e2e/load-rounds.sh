#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A hundred clients connect and leave, ten times: nothing of them stays.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-199             10.0.0.254   192.168.0.254        192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

held() { # NAME
	ctl --json show memory | jq --arg name "$1" '.[] | select(.name == $name) | .count'
}

# Whose goodbyes are all lost stays until L2TP gives him up.
tables_empty() {
	ctl --json show memory | jq -e '[.[] | select(.name | IN("connections", "isakmp_sas", "half_open", "esp_pairs",
		"tunnels", "links", "waiting", "leases", "sessions", "spis", "buried", "sa_bytes")) | .count] |
		length == 12 and add == 0' >/dev/null
}

rounds() { # NAME N
	emulate "$1" --clients-count 100 --clients-rate 50 --rounds "$2" --steps connect,disconnect &&
		[[ $(figure "$1" '.connects.up + .connects.failures') == $((100 * $2)) ]]
}

all_known() {
	[[ $(ctl --json show counters | jq '.[] | select(.name == "unprobed") | .count') == 0 ]]
}

gateway_start 'pools=["192.168.0.101-192.168.0.230"]' 'ike.proposals=[aes256-sha1-modp2048]' log.level=notice
check "all addresses are known" until_true 30 all_known

check "100 clients connect and leave, twice" rounds first 2
check "no table has an entry of them" until_true 240 tables_empty
heap=$(held heap_bytes) kept=$(held sa_held) timers=$(held timers)
check "they do it eight more times" rounds more 8
check "no table has an entry of them" until_true 240 tables_empty
# The allocator's own caches are in it, whose filling varies.
check "the heap is what it was" test "$(held heap_bytes)" -le $((heap + 65536))
check "so is the memory of the data plane" test "$(held sa_held)" = "$kept"
# The clients' own addresses are on the WAN: known neighbours, of which one may come or go.
check "no timer runs that did not before" test "$(held timers)" -le $((timers + 4))
gateway_stop
