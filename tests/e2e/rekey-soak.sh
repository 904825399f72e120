#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Keys that live for seconds, renewed by the client and by the gateway, often by both at once: ESP's
# three times and IKE's twice, or with KANMON_SOAK=1 200 times and 20 times. Not one packet is lost,
# and it stays one session.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

esp=3 ike=2 life=24
((${KANMON_SOAK-0} == 0)) || esp=200 ike=20 life=15

# One after the other, as all of them take longer than a story waits for one event.
renewed() { # LOG-PATTERN TIMES
	local n
	for ((n = 1; n <= $2; n++)); do
		until_true logged_more "$1" "$n" || return 1
	done
}

gateway_start ike.lifetime=60s
vm_start vm pc1
# A pair is renewed after two thirds of its life.
check "the client connects with keys of $life s" connects pc1 192.168.0.1 \
	LIFETIME=${life}s MARGIN=$((life / 3))s IKE_LIFETIME=$((life + 6))s
session=$(sessions '.[0].session')
pings_start pc1 192.168.0.100 0.02
check "ESP SAs are renewed $esp times" renewed 'conn: esp: aes.* out,' $esp
check "ISAKMP SAs are renewed $ike times" renewed 'main mode: up' $ike
check "meanwhile no ping was lost" pings_stop pc1
note "$(logged 'conn: esp: aes.* out,') ESP pairs, $(logged 'quick mode.* initiated')" \
	"renewals initiated by the gateway; $(logged 'main mode: up') ISAKMP SAs," \
	"$(logged 'main mode: initiated') initiated by the gateway"
check "it is still the same session" test "$(sessions '.[].session')" = "$session"
check "there are no more SAs than necessary" test "$(ctl --json show esp | jq length)" -le 6
check "the LAN host reaches the client" reaches lan 192.168.0.1
gateway_stop
