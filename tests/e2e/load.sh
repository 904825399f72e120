#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Clients of all profiles by the dozen, and then attackers beside them.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-199             10.0.0.254   192.168.0.254        192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

all_free() {
	no_session && [[ $(ctl --json show ike | jq length) == 0 && $(ctl --json show esp | jq length) == 0 ]]
}

# Good clients connect, move data and leave while the others do what the flags say.
bears() { # NAME FLAG...
	emulate "$@" --clients-count 5 --clients-rate 5 --traffic-mbps 1 --steps connect,traffic:3,disconnect &&
		[[ $(figure "$1" .connects.up) == 5 && $(figure "$1" .connects.failures) == 0 ]]
}

gateway_start 'pools=["192.168.0.1-192.168.0.80"]' \
	'ike.proposals=[aes256-sha1-modp2048, aes256-sha256-modp2048, aes128-sha1-ecp256, aes256-sha1-modp1024, 3des-sha1-modp1024]' \
	ike.allow_weak=true 'esp.pfs=[modp2048]' log.level=notice

check "50 clients of all profiles connect, move checked data, renew their keys, leave" \
	emulate good --clients-count 50 --clients-rate 20 --clients-profiles all --traffic-mbps 4 \
	--steps connect,traffic:4,rekey-esp,traffic:2,rekey-ike,traffic:2,disconnect
check "all 50 were up" test "$(figure good .connects.up)" = 50
check "all renewed keys of both kinds" test "$(figure good '.rekeys | .asked == 100 and .done == 100')" = true
check "those that are Windows asked by DHCPINFORM, and were answered" \
	test "$(figure good '.inform.asked == .inform.answered and .inform.asked >= 8')" = true
check "their data came through" test "$(figure good '.traffic.up.arrived > 1000 and .traffic.down.arrived > 1000')" = true
check "nothing of them is left" until_true 15 all_free

# The first packet of ESP from the new port says where the client is; nothing of IKE is said. Windows and macOS put checksums
# into L2TP's UDP, over addresses that the gateway does not know (RFC 3948, 3.1.2), and throw away what is wrong for them.
emulate nat --clients-count 20 --clients-rate 20 --clients-nat 10 --clients-profiles windows11,macos --traffic-window 8 --traffic-mbps 4 \
	--steps connect,traffic:3,roam,traffic:3,disconnect >/dev/null || :
check "20 behind two NATs, as TCP, all connect and stay" \
	test "$(figure nat '.connects.up == 20 and .connects.failures == 0')" = true
check "what they send comes through from whatever port" test "$(figure nat .traffic.up.lost)" = 0
# Only what was under way to the old port when the NAT forgot it: a window of each client at most.
check "what they get has no checksum that is wrong for them" test "$(figure nat .esp_in.bad_sum)" = 0
check "what they get follows them to another port" \
	test "$(figure nat '.traffic.down.lost <= 20 * 8 and .traffic.down.arrived > 3000')" = true
check "nothing of them is left" until_true 15 all_free

# Silence ends the first pair, the traffic behind it makes the second.
emulate idle --clients-count 6 --clients-rate 20 --clients-profiles all --clients-pfs 14 --clients-fragment 150 \
	--clients-idle-s 2 --traffic-mbps 1 --steps connect,traffic:2,hold:5,traffic:2,disconnect >/dev/null || :
check "with PFS, IKE in fragments, silent for a while: all stay up" \
	test "$(figure idle '.connects | .up == 6 and .failures == 0 and .ended == 0')" = true
check "pairs that fell idle came again on demand" test "$(figure idle '.pairs.made >= 12')" = true
# Down, what comes before message 3 of quick mode has no pair yet.
check "nothing that they sent was lost, and they get data again" \
	test "$(figure idle '.traffic.up.lost == 0 and .traffic.down.lost < 100 and .traffic.down.arrived > 200')" = true

# strongSwan says it when an answer was lost while it renewed its ISAKMP SA.
lines() {
	grep -c "$1" "$tmp/kanmond.log"
}
downs=$(lines 'session down')
check "INITIAL-CONTACT in the middle of sessions: all of their data comes through" emulate contact --clients-count 6 \
	--clients-rate 20 --clients-contact-again true --clients-profiles strongswan --traffic-mbps 2 \
	--steps connect,traffic:2,rekey-ike,traffic:2,rekey-esp,traffic:2,rekey-ike,disconnect
check "each of the 6 sessions ended once" test "$(lines 'session down')" = $((downs + 6))
check "nothing of them is left" until_true 15 all_free

check "dead without a word and back at once, three times" \
	emulate death --clients-count 10 --clients-rate 20 --traffic-mbps 1 --rounds 3 --steps connect,traffic:1,die
check "a bad line: lost, doubled, late and overtaken packets" \
	emulate line --clients-count 10 --impair-loss 5 --impair-duplicate 5 --impair-reorder 5 --impair-delay-ms 20 \
	--traffic-mbps 1 --steps connect,traffic:3,disconnect

emulate wrong --clients-count 20 --clients-rate 20 --clients-password wrong --impair-loss 20 --steps connect >/dev/null || :
check "whatever a bad line loses, each client with a wrong password is told that it is that" \
	test "$(figure wrong '.connects.failures == 20 and .causes["ppp-auth"] == 20')" = true

check "it bears a flood of first messages" bears flood --hostile-flood 5000 --hostile-made-up 10.0.0.100-10.0.0.199
check "there were thousands" test "$(figure flood '.hostile.flood > 5000')" = true
check "it bears one of which no two messages are the same" \
	bears varied --hostile-flood 5000 --hostile-flood-varied true --hostile-made-up 10.0.0.100-10.0.0.199
check "there were as many" test "$(figure varied '.hostile.flood > 5000')" = true
check "it bears half-open SAs by the dozen" bears half --hostile-half-open 40
check "there were some" test "$(figure half '.hostile.half_open >= 40')" = true
check "it bears a storm of wrong keys" bears psk --hostile-wrong-psk 20
check "it bears a storm of wrong passwords" bears password --hostile-wrong-password 20
check "each was tried" test "$(figure psk '.hostile.wrong_psk >= 20') $(figure password '.hostile.wrong_password >= 20')" = "true true"
replayed=$(counter drop esp_replay) bad=$(counter drop esp_icv)
check "it bears replayed and corrupted ESP" bears esp --hostile-replay 500 --hostile-corrupt 500
check "it counted both" test "$(figure esp '.hostile.replay > 0 and .hostile.corrupt > 0')" = true
check "so did the gateway" test "$(counter drop esp_replay)" -gt "$replayed" -a "$(counter drop esp_icv)" -gt "$bad"
spoofed=$(counter drop spoof)
check "it lets no inner source through that is not the lease" bears spoof --hostile-spoofers 2
check "some were tried" test "$(figure spoof '.hostile.spoof > 0 and .traffic.up.foreign == 0')" = true
check "and dropped by name" test "$(counter drop spoof)" -gt "$spoofed"
check "it bears mutated messages in valid tunnels" bears fuzz --hostile-fuzzers 5 --hostile-fuzz 300
check "there were some of L2TP's, and of others" \
	test "$(figure fuzz '.hostile.fuzz_control > 20 and .hostile.fuzz > .hostile.fuzz_control + 20')" = true
gateway_stop
