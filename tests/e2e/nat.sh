#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Homes behind NAT: two clients in one home, and one in another with the same private address as the
# first; all connect, carry full packets and reach each other. Then the provider gives both homes
# other addresses, and the sessions go on, whether a client sends something or not.
#
#   pc1 192.168.1.10 --+-- home1 -- [nat1] 10.0.0.11 --+-- wan -- [kanmond] -- lan 192.168.0.100
#   pc2 192.168.1.12 --'                               |
#   pc3 192.168.1.10 ------ home2 -- [nat2] 10.0.0.12 -'
source "$(dirname "$0")/_init.sh"
source "$(dirname "$0")/_nat.sh"

reaches_large() { # PC ADDRESS
	reaches "$1" "$2" -M "do" -s 1300
}

gateway_start users="[{name: user-01, password: password123},
    {name: user-02, password: password123}, {name: user-03, password: password123}]" \
	limits='{half_open_per_source: 2}'
home_make 1
home_make 2
vm_start vm pc1 pc2 pc3
home_enter pc1 1 192.168.1.10
home_enter pc2 1 192.168.1.12
home_enter pc3 2 192.168.1.10

check "a client behind NAT connects" connects pc1 192.168.0.1
check "a second one behind the same NAT connects" connects pc2 192.168.0.2 USERNAME=user-02
check "one behind another NAT with the first one's private address connects" \
	connects pc3 192.168.0.3 USERNAME=user-03 DPD=5s
check "the log mentions the NAT" grep -q 'the peer is behind a NAT' "$tmp/kanmond.log"
# The lifetimes are an hour and eight.
check "show sessions shows the NAT, and when keys are due" test \
	"$(sessions 'map(select(.nat and .esp_rekey > 1800 and .ike_rekey > 21600)) | length')" = 3
for pc in pc1 pc2 pc3; do
	check "$pc reaches the LAN host" reaches_large "$pc" 192.168.0.100
done
check "the two in one home reach each other" reaches_large pc1 192.168.0.2
check "those with the same private address reach each other" reaches_large pc3 192.168.0.1
for n in 1 2 3; do
	check "the LAN host reaches pc$n" reaches lan 192.168.0.$n
done

# A NAT that gets another address forgets its mappings: address and port change for both clients.
log_mark
ip -n nat1 addr del 10.0.0.11/24 dev outside
ip -n nat1 addr add 10.0.0.21/24 dev outside
check "after the home's address changed, the first client still reaches the LAN" \
	reaches_large pc1 192.168.0.100
check "the log says where it moved to" log_wait 'the peer moved to 10\.0\.0\.21'
check "so does the second" reaches_large pc2 192.168.0.100
check "the LAN host reaches the first" reaches lan 192.168.0.1
check "the LAN host reaches the second" reaches lan 192.168.0.2
check "it is still three sessions" test "$(sessions length)" = 3

# The third sends nothing but R-U-THERE: the gateway sends its ESP where that came from.
log_mark
ip -n nat2 addr del 10.0.0.12/24 dev outside
ip -n nat2 addr add 10.0.0.22/24 dev outside
check "after the other home's address changed, IKE alone tells where it is" \
	log_wait 'ike: the peer moved to 10\.0\.0\.22'
check "the LAN host reaches its client" reaches lan 192.168.0.3
check "it is still three sessions" test "$(sessions length)" = 3
for pc in pc1 pc2 pc3; do
	check "$pc disconnects" client "$pc" down
done
check "no session is left" until_true no_session

# A provider's NAT with several addresses, which takes another for port 4500 than for port 500.
ip -n nat2 addr add 10.0.0.32/24 dev outside
ip netns exec nat2 nft -f - <<-END
	table ip several {
		chain post {
			type nat hook postrouting priority 90
			oifname outside udp dport 500 snat to 10.0.0.32
		}
	}
END
log_mark
for time in first second third; do
	check "a client whose main mode has two addresses connects the $time time" \
		connects pc3 192.168.0.3 USERNAME=user-03
	check "it disconnects" client pc3 down
done
check "the log says so" log_wait 'main mode ended at another address than it began'
gateway_stop
