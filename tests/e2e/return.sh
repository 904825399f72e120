#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Clients that vanish without a word and are back within a second, while the gateway takes their old sessions for
# living: at once, at the first try, also when a user may have one session and no more.
#
#   pc1 10.0.0.2, pc2 10.0.0.3 --+-- wan ---- w0 [kanmond] l0 ---- lan 192.168.0.100
#   kanmon-load c0 10.0.0.11-30 -'
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

# Kills its programs, of which the guest's other PCs have some as well.
crash() { # PC
	on "$1" 'for p in $(pidof starter charon pluto xl2tpd pppd); do
			[ "$(readlink /proc/$p/ns/net)" != "$(readlink /proc/self/ns/net)" ] || kill -9 "$p"
		done
		ip xfrm state flush; ip xfrm policy flush
		rm -f /run/*charon.* /run/pluto/* /run/xl2tpd/*' && client "$1" gone 10
}

users=""
for i in {1..19} 110; do
	users+="{name: user-$i, password: password123}, "
done
gateway_start "users=[$users{name: user-01, password: password123, address: 192.168.0.81}]" 'limits={sessions_per_user: 1}' \
	'pools=["192.168.0.1-192.168.0.80"]'

# Windows counts its tunnels from 1 after each start, and sends no INITIAL-CONTACT.
windows=(--clients-profiles windows11 --clients-count 10 --clients-rate 10 --traffic-mbps 1 --clients-addresses 10.0.0.11-10.0.0.30)
emulate cable "${windows[@]}" --clients-user 'user-#' --rounds 4 --steps connect,traffic:1,die >/dev/null || :
check "ten Windows PCs are back at once after a cable was pulled, three times, each at the first try" \
	test "$(figure cable '.connects.up == 40 and .connects.failures == 0')" = true
note "connected within $(figure cable .connect_ms.total.p50) ms, half of them"
check "each in the place of its old session" test "$(sessions length)" = 10

emulate nat "${windows[@]}" --clients-user 'user-1#' --clients-nat 5 --rounds 2 --steps connect,traffic:1,die,roam >/dev/null || :
check "ten that come back behind another port of their NAT, too" \
	test "$(figure nat '.connects.up == 20 and .connects.failures == 0')" = true
note "connected within $(figure nat .connect_ms.total.p50) ms, half of them"
check "each in the place of its old session" test "$(sessions 'map(select(.user | test("user-(1[1-9]|110)"))) | length')" = 10

vm_start vm pc2 pc3
check "a stock client connects" connects pc2 192.168.0.81
crash pc2
check "its programs have crashed; they are back, and connect at the first try" connects pc2 192.168.0.81
check "packets pass" on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.254"
check "the user may not have another session while this one lives" \
	test "$(client pc3 up TIMEOUT=12)" = "failed auth"
check "it is not disturbed" on pc2 "ping -c 3 -i 0.2 -W 2 192.168.0.254"
crash pc2
check "when it has crashed, he connects from another address at the first try" connects pc3 192.168.0.81
check "packets pass" on pc3 "ping -c 3 -i 0.2 -W 2 192.168.0.254"

crash pc3
libreswan=(DAEMON=libreswan IKE=aes256-sha1-modp2048 ESP=aes128-sha1)
check "so does a Libreswan, which says no INITIAL-CONTACT" connects pc3 192.168.0.81 "${libreswan[@]}"
crash pc3
check "and again, from the same address with the same identity" connects pc3 192.168.0.81 "${libreswan[@]}"
check "packets pass" on pc3 "ping -c 3 -i 0.2 -W 2 192.168.0.254"
check "the user has one session" test "$(sessions 'map(select(.user == "user-01")) | length')" = 1
gateway_stop
