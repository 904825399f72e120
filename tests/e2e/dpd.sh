#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Dead peer detection of IKE (RFC 3706), each way, with nothing else that would notice.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

charon_logged() { # PC PATTERN TIMES
	(($(on "$1" "grep -c '$2' /run/client/charon.log") >= $3))
}

gateway_start ike.dpd_interval=3 ike.dpd_failures=3 l2tp.hello=0 ppp.echo_interval=0 \
	log.level=debug \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
vm_start one pc1
vm_start two pc2
check "a client connects that sends R-U-THERE as well" connects pc1 192.168.0.1 DPD=2s
check "another connects that does not" connects pc2 192.168.0.2 USERNAME=user-02
log_mark
check "the gateway answers the first one's R-U-THERE" until_true \
	charon_logged pc1 'parsed INFORMATIONAL_V1 request .*DPD_ACK' 3
# Unanswered, three would be enough.
check "the gateway sends R-U-THERE to the second again and again" until_true \
	charon_logged pc2 'parsed INFORMATIONAL_V1 request .*N(DPD) \]' 5
check "as it answers, it is not taken for dead, though it says nothing else" \
	not log_has 'session down'

log_mark
vm_kill two
check "a client that does not answer any more is found dead" \
	log_wait 'no longer answers \(DPD\)'
check "its session ends" until_true has_sessions 1
check "the other one stays" reaches pc1 192.168.0.254
# The gateway dies without a word.
kill -KILL "$gateway_pid"
wait "$gateway_pid" 2>/dev/null || :
unset gateway_pid
check "the client notices that the gateway is gone" \
	until_true on pc1 "! ipsec status | grep -q INSTALLED"
