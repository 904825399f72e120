#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Every suite of IKE and of ESP, offered alone, connects and carries full packets.
#
#   pc1 10.0.0.1 ---- wan ---- [kanmond] ---- lan 192.168.0.100
source "$(dirname "$0")/_init.sh"

ike=(aes256-sha1-modp2048 aes256-sha1-ecp384 aes128-sha1-ecp256 3des-sha1-modp2048 3des-sha1-modp1024
	aes256-sha256-modp2048 aes256-sha384-ecp384 aes128-sha1-modp1536 aes128-sha256-modp3072
	aes256-sha512-modp4096 aes256-sha512-ecp521 3des-md5-modp1024 des-md5-modp1024)
esp=(aes128-sha1 3des-sha1 des-sha1 aes192-sha1 aes256-sha1 aes128-sha256 aes256-sha256 3des-sha256
	aes256-sha384 aes128gcm16 aes256gcm16 aes128-md5 3des-md5 des-md5)

list() { # WORD...
	local IFS=,
	echo "[${*}]"
}

payload=1372 # of pings: packets of 1400 bytes

connects_with() { # IKE ESP [KEY=VALUE...]
	local esp=${2/sha256_96/sha256}
	connects pc1 192.168.0.1 IKE="$1" ESP="$esp" "${@:3}" &&
		[[ $(ctl --json show ike | jq -r '.[0].suite') == "$1" ]] &&
		[[ $(sessions '.[0].suite') == "$2" ]] &&
		on pc1 "ping -c 3 -i 0.1 -W 2 -M do -s $payload 192.168.0.100" &&
		client pc1 down
}

gateway_start ike.proposals="$(list "${ike[@]}")" ike.allow_weak=true \
	esp.proposals="$(list "${esp[@]}")" esp.allow_weak=true
vm_start vm pc1
for suite in "${ike[@]}"; do
	check "IKE with $suite" connects_with "$suite" aes128-sha1
done
for suite in "${esp[@]}"; do
	check "ESP with $suite" connects_with aes128-sha1-ecp256 "$suite"
done
gateway_stop

# Its ICV of 32 bytes leaves less room for the packet.
gateway_start esp.proposals='[aes256-sha512]' ppp.mtu=1380 \
	users='[{name: user-01, password: password123, address: 192.168.0.1}]'
payload=1352 check "ESP with aes256-sha512" connects_with aes128-sha1-ecp256 aes256-sha512
gateway_stop

# What Androids of old mean by SHA2-256: its name is the same, so the configuration says which it is.
gateway_start esp.proposals='[aes256-sha256_96]' \
	users='[{name: user-01, password: password123, address: 192.168.0.1}]'
check "ESP with aes256-sha256_96" connects_with aes128-sha1-ecp256 aes256-sha256_96 TRUNCATE=yes
gateway_stop
