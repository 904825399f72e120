#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The gateway is behind a NAT that forwards UDP 500 and 4500 to it: a client connects, and the
# gateway keeps the NAT awake (RFC 3948, 4).
#
#   pc1 10.0.0.1 ---- wan ---- 10.0.0.99 [natg] ---- dmz ---- [kanmond] ---- lan 192.168.0.100
#                                    172.16.0.1          172.16.0.254
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_nat.sh"

dmz_make
gateway_start wan.address=172.16.0.254/24 wan.gateway=172.16.0.1
vm_start vm pc1
check "a client connects through the gateway's NAT" connects pc1 192.168.0.1 \
	GATEWAY=10.0.0.99 GATEWAY_ID=172.16.0.254
check "the log mentions the NAT" grep -q 'the gateway is behind a NAT' "$tmp/kanmond.log"
check "full packets pass" reaches pc1 192.168.0.100 -M "do" -s 1372
check "the LAN host reaches the client" reaches lan 192.168.0.1
check "the gateway keeps the NAT awake" until_true awake_since 10.0.0.1 0
check "the client disconnects" client pc1 down
gateway_stop
