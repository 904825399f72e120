#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Keys that live for seconds, renewed by the client and by the gateway, often by both at once: 3 times ESP's and
# twice IKE's, or with KANMON_SOAK=1 200 times and 20 times. Not one packet is lost, and it stays one session.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

esp=3 ike=2 life=24
((${KANMON_SOAK-0} == 0)) || esp=200 ike=20 life=15
renewal=$((life * 2 / 3)) # when so old, a pair is renewed
seconds=$((esp * renewal + renewal / 2))

count() { # PATTERN
	grep -c "$1" "$tmp/kanmond.log"
}

gateway_start ike.lifetime=60s
vm_start vm pc1
check "the client connects with keys of $life s" connects pc1 192.168.0.1 \
	LIFETIME=${life}s MARGIN=$((life / 3))s IKE_LIFETIME=$((life + 6))s
VM_TIMEOUT=$((seconds * 4)) check "no ping of $((seconds * 50)) is lost" pings_all pc1 $((seconds * 50)) 0.02
note "$(count 'conn: esp: aes.* out,') ESP pairs, $(count 'quick mode.* initiated') begun by the gateway;" \
	"$(count 'main mode: up') ISAKMP SAs, $(count 'main mode: initiated') begun by the gateway"
check "ESP SAs were renewed $esp times or more" test "$(count 'conn: esp: aes.* out,')" -gt $esp
check "ISAKMP SAs were renewed $ike times or more" test "$(count 'main mode: up')" -gt $ike
check "it is still one session" test "$(sessions '.[0].seconds')" -ge $((seconds - 5))
check "no more SAs are there than are needed" test "$(ctl --json show esp | jq length)" -le 6
check "the LAN host reaches the client" lan ping -c 3 -i 0.2 -W 2 192.168.0.1
gateway_stop
