#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Dead peer detection of IKE (RFC 3706), each way, with nothing else that would find out.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

answers_counted() { # MORE-THAN
	(($(on pc1 "grep -c 'parsed INFORMATIONAL_V1 request .*DPD_ACK' /run/client/charon.log") > $1))
}

one_session() {
	[[ $(sessions length) == 1 ]]
}

gateway_start ike.dpd_interval=3 ike.dpd_failures=3 l2tp.hello=0 ppp.echo_interval=0 log.level=debug \
	users='[{name: user-01, password: password123}, {name: user-02, password: password123}]'
vm_start one pc1
vm_start two pc2
check "a client connects that asks, too" connects pc1 192.168.0.1 DPD=2s
check "and one that does not" connects pc2 192.168.0.2 USERNAME=user-02
log_mark
check "the gateway answers the client's questions" until_true 20 answers_counted 2
check "who answers ours is not taken for dead, though he says nothing else" not log_wait 'session down' 15
check "they were asked" on pc2 "grep -q 'parsed INFORMATIONAL_V1 request .*N(DPD) \]' /run/client/charon.log"

log_mark
vm_kill two
check "one that does not answer any more is found out in time" log_wait 'no longer answers \(DPD\)' 25
check "his session ends" until_true 5 one_session
check "the other one stays" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.254"
# Without a word.
kill -KILL "$gateway_pid"
wait "$gateway_pid" 2>/dev/null || :
unset gateway_pid
check "the client finds out that the gateway is gone" \
	until_true 60 on pc1 "! ipsec status | grep -q INSTALLED"
