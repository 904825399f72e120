#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Clients that must not connect do not, the log says why, and the next client connects all the same.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan
#   pc2 10.0.0.2 --'
source "$(dirname "$0")/_init.sh"

refused() { # PC HOW LOG-PATTERN SETTING...
	local pc=$1 how=$2 pattern=$3 result
	shift 3
	log_mark
	result=$(client "$pc" up "$@") || :
	echo "$result"
	[[ $result == "failed $how" ]] && log_wait "$pattern"
}

# The client is not told, and would try again for minutes.
not_answered() { # PC LOG-PATTERN SETTING...
	local pc=$1 pattern=$2 waiting
	shift 2
	log_mark
	client "$pc" up "$@" >"$tmp/result" &
	waiting=$!
	log_wait "$pattern" && client "$pc" give_up && not wait "$waiting" &&
		grep -x "failed ike" "$tmp/result"
}

# First messages of aggressive mode, each with its own cookie.
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

# Sends more until so many have been counted.
aggressive_until() { # NUMBER
	(($(counter punt ike_first) >= $1)) || {
		aggressive 1000
		return 1
	}
}

# Fewer than half of them have a line.
few_lines() { # BEFORE
	local lines messages
	lines=$(tail -n "+$log_from" "$tmp/kanmond.log" | wc -l)
	messages=$(($(counter punt ike_first) - $1))
	note "$lines lines about $messages messages"
	((lines < messages / 2))
}

gateway_start limits='{sessions_per_user: 1}' pools='[192.168.0.1-192.168.0.1]' \
	users='[{name: user-01, password: password123}, {name: user-02, password: other},
    {name: left, password: gone, disabled: true}]'
vm_start vm pc1 pc2

check "a wrong pre-shared key is not answered, and the log names it" \
	not_answered pc1 "pre-shared key differs" PSK=wrong
check "a wrong password is refused" \
	refused pc1 auth "user-01.*(password|refused)" PASSWORD=wrong
check "an unknown user is refused" \
	refused pc1 auth "nobody" USERNAME=nobody
check "a disabled user is refused" \
	refused pc1 auth "left.*disabled" USERNAME=left PASSWORD=gone
none="no proposal matches.*to allow it, add"
check "an IKE suite that is not configured is refused, and the log says what allows it" \
	refused pc1 ike "$none aes128-sha1-modp1024 to ike\.proposals and set ike\.allow_weak, as\
 it is weak \(MODP-1024\)" IKE=aes128-sha1-modp1024
check "an ESP suite that is not configured is refused, and named" \
	refused pc1 esp "$none aes192-sha1 to esp\.proposals;" ESP=aes192-sha1
check "so is PFS with a group that is not configured" \
	refused pc1 esp "$none modp2048 to esp\.pfs;" ESP=aes128-sha1-modp2048
check "so is a weak ESP suite" \
	refused pc1 esp "$none des-md5 to esp\.proposals and set esp\.allow_weak, as it is weak" \
	ESP=des-md5
check "no session is left of all this" until_true no_session

before=$(counter punt ike_first)
log_mark
aggressive 1
check "the log says that aggressive mode is refused" log_wait 'requests aggressive mode: refused'
check "thousands of others request it" until_true aggressive_until $((before + 2500))
check "they have few lines in the log" few_lines "$before"
check "the right client connects" connects pc1 192.168.0.1
check "with the pool exhausted the next one is refused, and the log says so" \
	refused pc2 ppp "no (free )?address" USERNAME=user-02 PASSWORD=other
check "the log says that similar lines were suppressed" \
	grep -q 'similar lines suppressed' "$tmp/kanmond.log"
check "a user with as many sessions as allowed is refused another" \
	refused pc2 auth "refused: user user-01: .*sessions"
check "the first is not disturbed" reaches pc1 192.168.0.254
check "it disconnects" client pc1 down
check "then the other connects" \
	connects pc2 192.168.0.1 USERNAME=user-02 PASSWORD=other
gateway_stop
