#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway's ESP SAs may carry 1,000 kB. It renews them before that is used up, and not one
# packet is lost. When the client no longer answers, an SA ends half a minute after it has carried
# so much.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

gateway_start esp.lifetime_kb=1000
vm_start vm pc1
check "the client connects" connects pc1 192.168.0.1
pings_start pc1 192.168.0.100 0.01 -s 1300
check "the gateway renews the pair three times" until_true logged_more 'quick mode.* initiated' 2
check "the new pair comes into use" until_true logged_more 'esp: .* spi .* in .* out' 3
check "meanwhile no ping was lost" pings_stop pc1
check "no SA has reached its limit" not log_has 'expired after 1000 kB'
log_mark
on pc1 'kill -STOP $(pidof charon)
	setsid ping -q -i 0.005 -s 1300 192.168.0.100 >/dev/null 2>&1 </dev/null &
	echo $! >/run/ping'
check "when the client no longer answers, an SA ends that has carried 1,000 kB" \
	log_wait 'expired after 1000 kB'
check "before, the gateway tried to renew it" log_has 'quick mode.* initiated'
# The client, which was not told, still sends on it.
check "nothing passes on it any more" until_true counts_more drop esp_no_sa 50
on pc1 'kill $(cat /run/ping); kill -CONT $(pidof charon)'
gateway_stop
