#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway's ESP SAs may carry 1,000 kB. It renews them before that is used up, and not one packet is lost. When
# the client does not answer that any more, the SA ends half a minute after it has carried so much.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

begun() { # TIMES
	(($(grep -c 'quick mode.* initiated' "$tmp/kanmond.log") >= $1))
}

gateway_start esp.lifetime_kb=1000
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1
check "no large ping of 2,000 is lost, which are 2,700 kB each way" pings_all pc1 2000 0.01 1300
check "meanwhile the gateway renewed the pair three times" begun 3
check "no SA came to its end" not grep -q 'kB is over' "$tmp/kanmond.log"
log_mark
on pc1 'kill -STOP $(pidof charon)'
on pc1 'ping -q -i 0.005 -w 90 -s 1300 192.168.0.100' >/dev/null &
check "with a client that does not answer, the SA that has carried 1,000 kB ends" \
	log_wait 'lifetime of 1000 kB is over' 90
check "the gateway asked, and asked in vain" grep -q 'quick mode.* initiated' \
	<(tail -n "+$log_from" "$tmp/kanmond.log")
# The client, which heard of nothing, still sends on it.
check "from then on nothing passes on it" until_true 20 counts_more drop esp_no_sa 50
on pc1 'kill -CONT $(pidof charon)'
gateway_stop
