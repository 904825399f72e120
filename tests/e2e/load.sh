#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Clients of all profiles by the dozen, and then attackers beside them.
#
#   kanmon-load c0 ---- wan ---- w0 [kanmond] l0 ---- lan ---- h0 kanmon-load
#   10.0.0.1-199             10.0.0.254   192.168.0.254        192.168.0.100
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_load.sh"

all_free() {
	no_session && [[ $(ctl --json show ike | jq length) == 0 ]] &&
		[[ $(ctl --json show esp | jq length) == 0 ]]
}

# Five clients connect, move data and disconnect while others do what the flags say.
bears() { # NAME FLAG...
	emulate "$@" --clients-count 5 --clients-rate 5 --traffic-mbps 1 \
		--steps connect,traffic:3,disconnect &&
		shows "$1" '.connects | .up == 5 and .failures == 0'
}

gateway_start pools='[192.168.0.1-192.168.0.80]' ike.proposals="$load_suites" \
	ike.allow_weak=true esp.pfs='[modp2048]' log.level=notice

check "50 clients of all profiles connect, move checked data, renew their keys, disconnect" \
	emulate good --clients-count 50 --clients-rate 20 --clients-profiles all --traffic-mbps 4 \
	--steps connect,traffic:4,rekey-esp,traffic:2,rekey-ike,traffic:2,disconnect
check "all 50 were up" shows good '.connects.up == 50'
check "all renewed keys of both kinds" shows good '.rekeys | .asked == 100 and .done == 100'
check "those with a Windows profile sent DHCPINFORM, and were answered" \
	shows good '.inform | .asked == .answered and .asked >= 8'
check "their data arrived" shows good '.traffic | [.up, .down] | all(.sent > 50 and .lost == 0)'
check "nothing of them is left" until_true all_free

# The first ESP packet from the new port says where the client is; IKE says nothing. Windows and
# macOS put checksums into L2TP's UDP, over addresses that the gateway does not know (RFC 3948,
# 3.1.2), and discard what is wrong for them.
emulate nat --clients-count 20 --clients-rate 20 --clients-nat 10 --clients-profiles \
	windows11,macos --traffic-window 8 --traffic-mbps 4 \
	--steps connect,traffic:3,roam,traffic:3,disconnect >/dev/null || :
check "20 behind two NATs, with traffic like TCP's, all connect and stay" \
	shows nat '.connects | .up == 20 and .failures == 0'
check "what they send arrives from whatever port" shows nat '.traffic.up.lost == 0'
check "nothing that they receive has a checksum that is wrong for them" \
	shows nat '.esp_in.bad_sum == 0'
# Only what was under way to the old port when the NAT forgot it is lost: a window of each client.
check "what is sent to them follows them to another port" \
	shows nat '.traffic.down | .lost <= 20 * 8 and .arrived > 2 * 20 * 8'
check "nothing of them is left" until_true all_free

# Silence ends the first pair, the traffic after it makes the second.
emulate idle --clients-count 6 --clients-rate 20 --clients-profiles all --clients-pfs 14 \
	--clients-fragment 150 --clients-idle-s 2 --traffic-mbps 1 \
	--steps connect,traffic:2,hold:5,traffic:2,disconnect >/dev/null || :
check "with PFS, IKE in fragments and a silence, all stay up" \
	shows idle '.connects | .up == 6 and .failures == 0 and .ended == 0'
check "pairs that were idle are made again on demand" shows idle '.pairs.made >= 12'
# Down, packets that come before message 3 of quick mode have no pair yet.
check "nothing that they sent was lost, and they receive data again" \
	shows idle '.traffic | .up.lost == 0 and .down.arrived > .down.sent / 2'

# strongSwan says it when an answer was lost while it renewed its ISAKMP SA.
downs=$(logged 'session down')
check "INITIAL-CONTACT in the middle of sessions: all of their data arrives" emulate contact \
	--clients-count 6 --clients-rate 20 --clients-contact-again true \
	--clients-profiles strongswan --traffic-mbps 2 \
	--steps connect,traffic:2,rekey-ike,traffic:2,rekey-esp,traffic:2,rekey-ike,disconnect
check "nothing of them is left" until_true all_free
check "each of the 6 sessions ended once" test "$(logged 'session down')" = $((downs + 6))

check "clients that die and return at once, three times, connect" emulate death \
	--clients-count 10 --clients-rate 20 --traffic-mbps 1 --rounds 3 \
	--steps connect,traffic:1,die
check "clients on a bad line, with lost, duplicate, late and reordered packets, stay" emulate line \
	--clients-count 10 --impair-loss 5 --impair-loss-row 3 --impair-duplicate 5 \
	--impair-reorder 5 --impair-delay-ms 20 --traffic-mbps 1 \
	--steps connect,traffic:3,disconnect

emulate wrong --clients-count 20 --clients-rate 20 --clients-password wrong --impair-loss 20 \
	--impair-loss-row 2 --steps connect >/dev/null || :
check "whatever a bad line loses, each client with a wrong password is told the reason" \
	shows wrong '.connects.failures == 20 and .causes["ppp-auth"] == 20'

made_up=(--hostile-made-up 10.0.0.100-10.0.0.199)
check "five clients are served during a flood of first messages" \
	bears flood --hostile-flood 5000 "${made_up[@]}"
check "it was a flood" shows flood '.hostile.flood > 1000'
check "five clients are served during a flood of which no two messages are the same" \
	bears varied --hostile-flood 5000 --hostile-flood-varied true "${made_up[@]}"
check "it was a flood" shows varied '.hostile.flood > 1000'
check "five clients are served beside half-open SAs" bears half --hostile-half-open 40
check "there were many" shows half '.hostile.half_open >= 40'
check "five clients are served beside clients with wrong keys" bears psk --hostile-wrong-psk 20
check "five clients are served beside clients with wrong passwords" \
	bears password --hostile-wrong-password 20
check "each of these tried" test \
	"$(figure psk .hostile.wrong_psk)" -ge 20 -a \
	"$(figure password .hostile.wrong_password)" -ge 20
replayed=$(counter drop esp_replay) bad=$(counter drop esp_icv)
check "five clients are served beside replayed and corrupt ESP" \
	bears esp --hostile-replay 500 --hostile-corrupt 500
check "both were sent" shows esp '.hostile | .replay > 0 and .corrupt > 0'
check "the gateway counts replayed packets" counts_more drop esp_replay "$replayed"
check "the gateway counts corrupt packets" counts_more drop esp_icv "$bad"
spoofed=$(counter drop spoof)
check "five clients are served beside ones with spoofed inner sources" \
	bears spoof --hostile-spoofers 2
check "such packets were sent, and none arrived" \
	shows spoof '.hostile.spoof > 0 and .traffic.up.foreign == 0'
check "they are dropped by name" counts_more drop spoof "$spoofed"
check "five clients are served beside mutated messages in valid tunnels" \
	bears fuzz --hostile-fuzzers 5 --hostile-fuzz 300
check "there were messages of L2TP, and others" \
	shows fuzz '.hostile | .fuzz_control > 20 and .fuzz > .fuzz_control + 20'
gateway_stop
