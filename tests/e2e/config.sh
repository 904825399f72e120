#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The command line and the configuration, as an operator meets them.
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
check "an unknown key" refuses 'ike\.pks' ike.pks=secret
check "a wrong type" refuses 'ppp\.mtu' ppp.mtu=big
check "a pool outside the LAN's network" refuses 'pools' pools='[192.168.1.1-192.168.1.9]'
check "overlapping pools" refuses 'pools' pools='[192.168.0.1-192.168.0.9, 192.168.0.9-192.168.0.12]'
check "a user twice" refuses 'user' users='[{name: a, password: b}, {name: a, password: c}]'
check "an unknown suite" refuses 'esp\.proposals' esp.proposals='[aes512-sha1]'
check "a weak suite without allow_weak" refuses 'allow_weak' esp.proposals='[des-sha1]'
check "a port named twice" refuses 'device' lan.device=net_af_packet0,iface=w0
(umask 022; echo secret >"$tmp/psk"; chmod 644 "$tmp/psk")
check "a secrets file that others may read" refuses 'psk' ike.psk="file:$tmp/psk"
chmod 600 "$tmp/psk"
gateway_config ike.psk="file:$tmp/psk"
check "a secrets file that others may not read passes" "$build/control/kanmond" --check -c "$config"
gateway_config workers.cores='[999]'
check "a file for a larger machine passes --check with a warning" grep -q 'warning: workers\.cores\[0\]: core 999 ' \
	<("$build/control/kanmond" --check -c "$config" 2>&1)
status=0
"$build/control/kanmond" -c "$config" >"$tmp/cores.log" 2>&1 || status=$?
check "but kanmond does not start with it" test "$status" = 2
check "and names the core" grep -q 'kanmon.yaml:[0-9]*: workers\.cores\[0\]: core 999 ' "$tmp/cores.log"
gateway_config lan.device=net_af_packet1,iface=none
status=0
"$build/control/kanmond" -c "$config" >"$tmp/none.log" 2>&1 || status=$?
check "a port that is not there ends kanmond with a reason" \
	grep -q 'lan.*net_af_packet1,iface=none' "$tmp/none.log"
check "and with an exit status" test "$status" -ne 0

gateway_start
check "kanmonctl answers" ctl show counters
check "an unknown command is refused" not ctl show nothing
check "the socket is root's alone" test "$(stat -c '%U %a' "$tmp/kanmon.sock")" = "root 600"
check "a second kanmond on the same socket is refused" \
	not timeout 20 "$build/control/kanmond" -c "$config"
check "the first goes on" ctl show sessions
gateway_stop
