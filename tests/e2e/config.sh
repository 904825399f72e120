#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The command line and the configuration, as the operator sees them.
#
#   no client: [kanmond] alone
source "$(dirname "$0")/_init.sh"

refuses() { # LINE-PATTERN KEY=VALUE...
	local pattern=$1 status=0 words
	shift
	gateway_config "$@"
	words=$("$build/control/kanmond" --check -c "$config" 2>&1) || status=$?
	echo "$words (exit status $status)"
	[[ $status == 2 ]] && grep -qE "^[^ ]*kanmon.yaml:[0-9]+: .*$pattern" <<<"$words"
}

gateway_config
check "the example passes --check" "$build/control/kanmond" --check -c "$config"
check "an unknown key is refused" refuses 'ike\.pks' ike.pks=secret
check "a wrong type is refused" refuses 'ppp\.mtu' ppp.mtu=big
check "a pool outside the LAN's network is refused" \
	refuses 'pools' pools='[192.168.1.1-192.168.1.9]'
check "overlapping pools are refused" \
	refuses 'pools' pools='[192.168.0.1-192.168.0.9, 192.168.0.9-192.168.0.12]'
check "a user named twice is refused" \
	refuses 'user' users='[{name: a, password: b}, {name: a, password: c}]'
check "an unknown suite is refused" refuses 'esp\.proposals' esp.proposals='[aes512-sha1]'
check "a weak suite without allow_weak is refused" \
	refuses 'allow_weak' esp.proposals='[des-sha1]'
gateway_config workers.cores='[999]'
check "a file for a larger machine passes --check with a warning" \
	grep -q 'warning: workers\.cores\[0\]: core 999 ' \
	<("$build/control/kanmond" --check -c "$config" 2>&1)
status=0
"$build/control/kanmond" -c "$config" >"$tmp/cores.log" 2>&1 || status=$?
check "but kanmond does not start with it" test "$status" = 2
check "and names the core" \
	grep -q 'kanmon.yaml:[0-9]*: workers\.cores\[0\]: core 999 ' "$tmp/cores.log"
check "a port named twice is refused" \
	refuses 'device' wan.device=net_af_packet0,iface=w0 lan.device=net_af_packet0,iface=w0
(umask 022; echo secret >"$tmp/psk"; chmod 644 "$tmp/psk")
check "a secrets file that others may read is refused" refuses 'psk' ike.psk="file:$tmp/psk"
chmod 600 "$tmp/psk"
gateway_config ike.psk="file:$tmp/psk"
check "one that others may not read passes" "$build/control/kanmond" --check -c "$config"
gateway_config lan.device=net_af_packet1,iface=none
status=0
"$build/control/kanmond" -c "$config" >"$tmp/none.log" 2>&1 || status=$?
check "for a port that does not exist, kanmond ends with a reason" \
	grep -q 'lan.*net_af_packet1,iface=none' "$tmp/none.log"
check "and with a nonzero exit status" test "$status" -ne 0

gateway_start
check "kanmonctl answers" ctl show counters
check "an unknown command is refused" not ctl show nothing
check "only root may use the socket" test "$(stat -c '%U %a' "$tmp/kanmon.sock")" = "root 600"
status=0
timeout "$patience" "$build/control/kanmond" -c "$config" >"$tmp/second.log" 2>&1 || status=$?
note "its exit status is $status"
check "a second kanmond on the same socket ends" test "$status" -ne 0 -a "$status" -ne 124
check "the first goes on" ctl show sessions
gateway_stop
