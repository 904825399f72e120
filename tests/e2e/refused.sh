#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What must not connect does not, the log says why, and the next client connects all the same.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

refused() { # PC HOW LOG-PATTERN SETTING...
	local pc=$1 how=$2 pattern=$3 result
	shift 3
	log_mark
	result=$(client "$pc" up TIMEOUT=12 "$@") || :
	echo "$result"
	[[ $result == "failed $how" ]] && log_wait "$pattern" 10
}

# First messages of aggressive mode, each with a cookie of its own.
aggressive() { # NUMBER
	python3 -c 'import os, socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
body = struct.pack(">BBH", 0, 0, 12) + bytes(8)
for i in range(int(sys.argv[1])):
    head = os.urandom(8) + bytes(8) + bytes([1, 0x10, 4, 0]) + bytes(4)
    s.sendto(head + struct.pack(">I", 28 + len(body)) + body, ("10.0.0.254", 500))
    if i % 20 == 19:
        time.sleep(0.005)' "$1"
}

has_refused() { # NUMBER
	(($(counter punt ike_first) >= $1))
}

gateway_start limits='{sessions_per_user: 1}' pools='[192.168.0.1-192.168.0.1]' users='[{name: user-01, password: password123}, '\
'{name: user-02, password: other}, {name: left, password: gone, disabled: true}]'
vm_start vm pc1 pc2

check "a wrong pre-shared key is reported as that" \
	refused pc1 ike "pre-shared key differs" PSK=wrong
check "a wrong password is refused" \
	refused pc1 auth "user-01.*(password|refused)" PASSWORD=wrong
check "an unknown user is refused" \
	refused pc1 auth "nobody" USERNAME=nobody
check "a disabled user is refused" \
	refused pc1 auth "left.*disabled" USERNAME=left PASSWORD=gone
check "an IKE suite that is not configured is refused, and the log says what allows it" \
	refused pc1 ike "no proposal matches.*to allow it, add aes128-sha1-modp1024 to ike.proposals and set ike.allow_weak, as it is weak \(MODP-1024\)" IKE=aes128-sha1-modp1024
check "an ESP suite that is not configured is refused, and named" \
	refused pc1 esp "no proposal matches.*to allow it, add aes192-sha1 to esp.proposals;" ESP=aes192-sha1
check "so is PFS with a group that is not configured" \
	refused pc1 esp "no proposal matches.*to allow it, add modp2048 to esp.pfs;" ESP=aes128-sha1-modp2048
check "so is a weak ESP suite" \
	refused pc1 esp "no proposal matches.*add des-md5 to esp.proposals and set esp.allow_weak, as it is weak" ESP=des-md5
check "no session is left of all this" until_true 10 no_session

before=$(counter punt ike_first)
log_mark
check "one who wants aggressive mode is told in the log" aggressive 1
check "with the reason" log_wait 'requests aggressive mode: refused' 10
check "three thousand do the same" aggressive 3000
check "all have been heard" until_true 10 has_refused $((before + 2500))
lines=$(tail -n "+$log_from" "$tmp/kanmond.log" | wc -l)
note "the log has $lines lines of them"
check "these are few" test "$lines" -lt 1500
check "the right client connects" connects pc1 192.168.0.1
check "with the pool exhausted the next one is refused, and the log says so" \
	refused pc2 ppp "no (free )?address" USERNAME=user-02 PASSWORD=other
check "the log has said that there were more of the same" grep -q 'similar lines suppressed' "$tmp/kanmond.log"
check "a user with as many sessions as he may have is refused another" \
	refused pc2 auth "refused: user user-01: .*sessions"
check "the first is not disturbed" on pc1 "ping -c 3 -i 0.2 -W 2 192.168.0.254"
check "it disconnects" client pc1 down
check "then the other connects" \
	connects pc2 192.168.0.1 USERNAME=user-02 PASSWORD=other
gateway_stop
