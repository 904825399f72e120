#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every suite of IKE and of ESP, offered alone, connects and carries full packets.
#
#   pc1 10.0.0.1 --+-- wan ---- [kanmond] ---- lan 192.168.0.100
#    to           |
#   pc4 10.0.0.4 --'
source "$(dirname "$0")/_init.sh"

ike=(aes256-sha1-modp2048 aes256-sha1-ecp384 aes128-sha1-ecp256 3des-sha1-modp2048
	3des-sha1-modp1024 aes256-sha256-modp2048 aes256-sha384-ecp384 aes128-sha1-modp1536
	aes128-sha256-modp3072
	aes256-sha512-modp4096 aes256-sha512-ecp521 3des-md5-modp1024 des-md5-modp1024)
esp=(aes128-sha1 3des-sha1 des-sha1 aes192-sha1 aes256-sha1 aes128-sha256 aes256-sha256 3des-sha256
	aes256-sha384 aes128gcm16 aes256gcm16 aes128-md5 3des-md5 des-md5)

list() { # WORD...
	local IFS=,
	echo "[${*}]"
}

payload=1372 # of pings: packets of 1400 bytes
users='[{name: user-01, password: password123, address: 192.168.0.1},
	{name: user-02, password: password123, address: 192.168.0.2},
	{name: user-03, password: password123, address: 192.168.0.3},
	{name: user-04, password: password123, address: 192.168.0.4}]'

# PC N is user N with address N.
connects_with() { # PC IKE ESP [KEY=VALUE...]
	local n=${1#pc} peer
	peer=10.0.0.$n:
	connects "$1" "192.168.0.$n" USERNAME="user-0$n" IKE="$2" ESP="${3/sha256_96/sha256}" \
		"${@:4}" &&
		[[ $(ctl --json show ike |
			jq -r ".[] | select(.peer | startswith(\"$peer\")).suite") == "$2" ]] &&
		[[ $(sessions ".[] | select(.user == \"user-0$n\").suite") == "$3" ]] &&
		reaches "$1" 192.168.0.100 -M "do" -s $payload &&
		client "$1" down
}

# Connects with a share of the pairs of suites, one after the other; writes the results to files.
works_on() { # PC IKE/ESP...
	local pc=$1 pair status file
	shift
	for pair; do
		status=0 file=$tmp/${pair/\//+}
		connects_with "$pc" "${pair%/*}" "${pair#*/}" >"$file.out" 2>&1 || status=$?
		echo "$status" >"$file.status"
	done
}

went_well() { # IKE/ESP
	cat "$tmp/${1/\//+}.out"
	[[ $(<"$tmp/${1/\//+}.status") == 0 ]]
}

# Each IKE suite with an ESP suite; "failed ike" and "failed esp" say which of them failed.
pairs=()
for ((i = 0; i < ${#ike[@]} || i < ${#esp[@]}; i++)); do
	pairs+=("${ike[i % ${#ike[@]}]}/${esp[i % ${#esp[@]}]}")
done
gateway_start ike.proposals="$(list "${ike[@]}")" ike.allow_weak=true \
	esp.proposals="$(list "${esp[@]}")" esp.allow_weak=true users="${users//$'\n\t'/ }"
vm_start vm1 pc1 pc2
vm_start vm2 pc3 pc4
# A client computes for half of the time and waits for the other half: there are two in each guest.
workers=()
for n in 0 1 2 3; do
	share=()
	for ((i = n; i < ${#pairs[@]}; i += 4)); do
		share+=("${pairs[i]}")
	done
	works_on "pc$((n + 1))" "${share[@]}" &
	workers+=($!)
done
wait "${workers[@]}"
for pair in "${pairs[@]}"; do
	check "IKE with ${pair%/*}, ESP with ${pair#*/}" went_well "$pair"
done
gateway_stop
vm_kill vm2

# Its ICV of 32 bytes leaves less room for packets.
gateway_start esp.proposals='[aes256-sha512]' ppp.mtu=1380 \
	users='[{name: user-01, password: password123, address: 192.168.0.1}]'
payload=1352 check "ESP with aes256-sha512" connects_with pc1 aes128-sha1-ecp256 aes256-sha512
gateway_stop

# Old Androids mean this by SHA2-256: the name is the same, so the configuration says which it is.
gateway_start esp.proposals='[aes256-sha256_96]' \
	users='[{name: user-01, password: password123, address: 192.168.0.1}]'
check "ESP with aes256-sha256_96" connects_with pc1 aes128-sha1-ecp256 aes256-sha256_96 TRUNCATE=yes
gateway_stop
