#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Clients that vanish silently and return within a second, while their old sessions are still up:
# they connect at once, at the first try, also where a user may have only one session.
#
#   pc2 10.0.0.2, pc3 10.0.0.3 --+-- wan ---- w0 [kanmond] l0 ---- lan 192.168.0.100
#   kanmon-load c0 10.0.0.11-30 -'
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

# Kills the PC's programs, but not those of the guest's other PCs.
crash() { # PC
	on "$1" 'for p in $(pidof starter charon pluto xl2tpd pppd); do
			[ /proc/$p/ns/net -ef /proc/self/ns/net ] && kill -9 "$p"
		done
		ip xfrm state flush; ip xfrm policy flush
		rm -f /run/*charon.* /run/pluto/* /run/xl2tpd/*' && client "$1" gone
}

users=""
for i in {1..19} 110; do
	users+="{name: user-$i, password: password123}, "
done
gateway_start users="[$users{name: user-01, password: password123, address: 192.168.0.81}]" \
	limits='{sessions_per_user: 1}' pools='[192.168.0.1-192.168.0.80]'

# Windows numbers its tunnels from 1 after each start, and sends no INITIAL-CONTACT.
windows=(--clients-profiles windows11 --clients-count 10 --clients-rate 10 --traffic-mbps 1
	--clients-addresses 10.0.0.11-10.0.0.30)
emulate cable "${windows[@]}" --clients-user 'user-#' --rounds 4 \
	--steps connect,traffic:1,die >/dev/null || :
check "ten Windows PCs whose cable is pulled three times reconnect, each at the first try" \
	shows cable '.connects | .up == 40 and .failures == 0'
note "half of them connected within $(figure cable .connect_ms.total.p50) ms"
check "each replaces its old session" has_sessions 10

emulate nat "${windows[@]}" --clients-user 'user-1#' --clients-nat 5 --rounds 2 \
	--steps connect,traffic:1,die,roam >/dev/null || :
check "ten reconnect from another port of their NAT" \
	shows nat '.connects | .up == 20 and .failures == 0'
note "half of them connected within $(figure nat .connect_ms.total.p50) ms"
check "each replaces its old session" test \
	"$(sessions 'map(select(.user | test("user-(1[1-9]|110)"))) | length')" = 10

vm_start vm pc2 pc3
check "a stock client connects" connects pc2 192.168.0.81
crash pc2
check "after a crash of its programs it connects at the first try" connects pc2 192.168.0.81
check "packets pass" reaches pc2 192.168.0.254
check "the user may not have another session while this one lives" \
	test "$(client pc3 up)" = "failed auth"
check "this one is not disturbed" reaches pc2 192.168.0.254
crash pc2
check "after a crash, the user connects from another address at the first try" \
	connects pc3 192.168.0.81
check "packets pass" reaches pc3 192.168.0.254

crash pc3
libreswan=(DAEMON=libreswan IKE=aes256-sha1-modp2048 ESP=aes128-sha1)
check "so does Libreswan, which sends no INITIAL-CONTACT" \
	connects pc3 192.168.0.81 "${libreswan[@]}"
crash pc3
check "and again, from the same address with the same identity" \
	connects pc3 192.168.0.81 "${libreswan[@]}"
check "packets pass" reaches pc3 192.168.0.254
check "the user has one session" test "$(sessions 'map(select(.user == "user-01")) | length')" = 1
check "it disconnects" client pc3 down
gateway_stop

gateway_start limits='{sessions_per_user: 1, takeover: oldest}' pools='[192.168.0.1-192.168.0.1]'
check "where a user's oldest session makes room, a client connects" connects pc2 192.168.0.1
log_mark
check "while it lives, the same user connects from elsewhere" \
	connects pc3 192.168.0.1 "${libreswan[@]}"
check "the first session ends, and the log says why" \
	log_wait 'session down: .*why="replaced: user user-01 connected again'
check "the first client notices" client pc2 gone
check "the second stays" reaches pc3 192.168.0.254
check "the user has one session" until_true has_sessions 1
gateway_stop
