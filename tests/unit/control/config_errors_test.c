/* SPDX-License-Identifier: BSD-3-Clause */
/* Each error in a file is reported with its line and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config_good.h"

/* clang-format off */
static const struct config_case cases[] = {
	{"", "", ""},

	/* Limits. */
	{"pools:\n", "limits: {takeover: newest}\npools:\n",
		"t:9: limits.takeover: \"newest\" is not one of silent, oldest, none\n"},
	{"pools:\n", "limits: {takeover: none}\npools:\n", ""},

	/* Segments. */
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\npools:\n", ""},
	{"pools:\n", "segments: [{name: lan, vlan: 20, address: 192.168.20.254/24}]\npools:\n",
		"t:9: segments[0].name: \"lan\" is already used by another segment\n"},
	{"pools:\n", "segments: [{name: a, vlan: 0, address: 192.168.20.254/24}]\npools:\n",
		"t:9: segments[0].vlan: 0 is already used by segment lan\n"},
	{"pools:\n", "segments: [{name: a, vlan: 4095, address: 192.168.20.254/24}]\npools:\n",
		"t:9: segments[0].vlan: 4095 is out of range (0 to 4094)\n"},
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 192.168.0.1/16}]\npools:\n",
		"t:9: segments[0].address: overlaps the network of segment lan, 192.168.0.0/24\n"},
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 10.0.0.1/16}]\npools:\n",
		"t:9: segments[0].address: overlaps the network of wan.address, 10.0.0.0/24\n"},
	{"pools:\n",
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24}, {name: a, vlan: 20, "
		"address: 192.168.21.254/24}]\npools:\n",
		"t:9: segments[1].name: \"a\" is already used by another segment\n"
		"t:9: segments[1].vlan: 20 is already used by segment a\n"},
	{"pools:\n",
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24, gateway: "
		"192.168.0.1}]\npools:\n",
		"t:9: segments[0].gateway: 192.168.0.1 is not another host in the segment's "
		"network\n"},
	{"pools:\n", "segments: [{name: a, address: 192.168.20.254/24}]\npools:\n",
		"t:9: segments[0].vlan: is missing\n"},
	{"    password: long-enough-password\n", "    password: p\n    segment: b\n",
		"t:12: users[0].segment: there is no segment \"b\"\n"},
	{"pools:\n  - 192.168.0.1-192.168.0.31\n",
		"pools:\n  - 192.168.0.1-192.168.0.31\n  - 192.168.20.1-192.168.20.9\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n",
		""},
	{"    password: long-enough-password\n",
		"    password: p\n    segment: a\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n",
		"t:12: users[0].address: is required: segment a has no pool\n"},
	{"    password: long-enough-password\n",
		"    password: p\n    segment: lan\n    address: 192.168.20.7\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n",
		"t:12: users[0].segment: the user's address is outside the network of segment "
		"lan\n"},
	{"    password: long-enough-password\n",
		"    password: p\n    address: 192.168.20.7\n"
		"segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n",
		""},

	/* Filter, groups and rates. */
	{"pools:\n", "filter: {rules: [{name: a, action: accept}]}\npools:\n", ""},
	{"pools:\n", "filter: {rules: [{name: a, action: allow}]}\npools:\n",
		"t:9: filter.rules[0].action: \"allow\" is not an action (accept, drop, reject)\n"},
	{"pools:\n", "filter: {rules: [{action: drop}]}\npools:\n",
		"t:9: filter.rules[0].name: is missing\n"},
	{"pools:\n", "filter: {rules: [{name: a}]}\npools:\n",
		"t:9: filter.rules[0].action: is missing\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, from: [local]}]}\npools:\n",
		"t:9: filter.rules[0].from[0]: \"local\" is not a zone (client, lan, wan)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, to: [dmz]}]}\npools:\n",
		"t:9: filter.rules[0].to[0]: \"dmz\" is not a zone (client, lan, wan, local)\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop, to_networks: [192.168.0.5/24]}]}\n"
		"pools:\n",
		"t:9: filter.rules[0].to_networks[0]: 192.168.0.5/24 is a host address (its "
		"network is 192.168.0.0/24)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, from_networks: [here]}]}\npools:\n",
		"t:9: filter.rules[0].from_networks[0]: \"here\" is not a network (such as "
		"10.1.0.0/16) or address\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, ports: [80]}]}\npools:\n",
		"t:9: filter.rules[0].ports: requires protocol tcp, udp or sctp\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop, protocol: tcp, ports: [90-80]}]}\n"
		"pools:\n",
		"t:9: filter.rules[0].ports[0]: \"90-80\" is not a port or port range (such as "
		"8000-8099)\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop, protocol: tcp, source_ports: "
		"[65536]}]}\npools:\n",
		"t:9: filter.rules[0].source_ports[0]: \"65536\" is not a port or port range "
		"(such as 8000-8099)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, protocol: tcpp}]}\npools:\n",
		"t:9: filter.rules[0].protocol: \"tcpp\" is not a protocol (tcp udp icmp gre esp "
		"ah sctp igmp ipip, or 1 to 255)\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop, protocol: tcp, icmp_type: echo}]}\n"
		"pools:\n",
		"t:9: filter.rules[0].icmp_type: requires protocol icmp\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop, protocol: icmp, icmp_type: ping}]}\n"
		"pools:\n",
		"t:9: filter.rules[0].icmp_type: \"ping\" is not an ICMP type (echo echo-reply "
		"unreachable redirect time-exceeded timestamp, or 0 to 255)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, users: [nobody]}]}\npools:\n",
		"t:9: filter.rules[0].users: there is no user \"nobody\"\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, groups: [staff]}]}\npools:\n",
		"t:9: filter.rules[0].groups: there is no group \"staff\"\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop, from: [lan], to: [wan], users: "
		"[user-01]}]}\npools:\n",
		"t:9: filter.rules[0].users: requires client in from or to\n"},
	{"pools:\n",
		"filter: {rules: [{name: a, action: drop}, {name: a, action: accept}]}\npools:\n",
		"t:9: filter.rules[1].name: \"a\" is already defined in line 9\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, zone: lan}]}\npools:\n",
		"t:9: filter.rules[0].zone: unknown key (known: name, action, from, to, "
		"from_networks, to_networks, users, groups, protocol, ports, source_ports, "
		"icmp_type)\n"},
	{"pools:\n", "filter: {default_wan: maybe}\npools:\n",
		"t:9: filter.default_wan: \"maybe\" is not an action (accept, drop, reject)\n"},
	{"pools:\n", "filter: {flows: 10}\npools:\n",
		"t:9: filter.flows: 10 is out of range (1024 to 16777216)\n"},
	{"pools:\n", "groups: [{name: a}, {name: a}]\npools:\n",
		"t:9: groups[1].name: \"a\" is already defined in line 9\n"},
	{"pools:\n", "groups: [{name: a, rate_up: fast}]\npools:\n",
		"t:9: groups[0].rate_up: \"fast\" is not a rate (bit/s: 500k, 50M, 1G, or "
		"unlimited)\n"},
	{"pools:\n", "shaping: {up: 1k}\npools:\n",
		"t:9: shaping.up: 1k is out of range (64k to 100G, or unlimited)\n"},
	{"pools:\n", "shaping: {down: 200G}\npools:\n",
		"t:9: shaping.down: 200G is out of range (64k to 100G, or unlimited)\n"},
	{"pools:\n", "shaping: {burst_ms: 5}\npools:\n",
		"t:9: shaping.burst_ms: 5 is out of range (10 to 10000)\n"},
	{"    password: long-enough-password\n",
		"    password: long-enough-password\n    groups: [staff]\n",
		"t:12: users[0].groups: there is no group \"staff\"\n"},
	{"    password: long-enough-password\n",
		"    password: long-enough-password\n    groups: [staff]\n    rate_up: 10M\n"
		"groups: [{name: staff, rate_down: unlimited}]\n",
		""},

	/* Structure. */
	{"wan:\n", "wan:\n  adress: 1\n",
		"t:2: wan.adress: unknown key (known: device, address, gateway, vlan, forward, "
		"source_check, mtu, queues, descriptors)\n"},
	{"wan:\n", "nta: true\nwan:\n",
		"t:1: nta: unknown key (known: log, control, eal, workers, wan, lan, routes, "
		"ike, esp, l2tp, ppp, pools, segments, users, groups, shaping, filter, nat, "
		"limits)\n"},
	{"wan:\n", "wan.mtu: 1400\nwan:\n",
		"t:1: wan.mtu: unknown key (known: log, control, eal, workers, wan, lan, routes, "
		"ike, esp, l2tp, ppp, pools, segments, users, groups, shaping, filter, nat, "
		"limits)\n"},
	{"wan:\n", "log: {modules: {ipsec: info}}\nwan:\n",
		"t:1: log.modules.ipsec: unknown module (main, config, conn, ike, l2tp, ppp, "
		"net, dp, cli)\n"},
	{"wan:\n", "log: {modules: {ike: info, ike: debug}}\nwan:\n",
		"t:1: log.modules.ike: duplicate key\n"},
	{"wan:\n", "log: {level: info, level: info}\nwan:\n",
		"t:1: log.level: duplicate key (first in line 1)\n"},
	{"wan:\n", "eal: {}\neal: {}\nwan:\n", "t:2: eal: duplicate section (first in line 1)\n"},
	{"wan:\n", "eal: [1]\nwan:\n",
		"t:1: eal: is not a section (keys with values go below it)\n"},
	{"wan:\n", "log: {level: [info]}\nwan:\n",
		"t:1: log.level: is a list (a single value is expected)\n"},
	{"wan:\n", "log: {level: {a: b}}\nwan:\n",
		"t:1: log.level: is a section (a single value is expected)\n"},
	{"wan:\n", "log: {level: }\nwan:\n", "t:1: log.level: has no value\n"},
	{"wan:\n", "log: {level: \"in\\0fo\"}\nwan:\n", "t:1: log.level: contains a NUL byte\n"},
	{"wan:\n", "log: {level: &a info}\nwan:\n",
		"t:1: log.level: anchors are not supported (put a value that begins with & in "
		"quotes)\n"},
	{"wan:\n", "log: {level: !!str info}\nwan:\n",
		"t:1: log.level: tags are not supported (put a value that begins with ! in "
		"quotes)\n"},
	{"  - 192.168.0.1-192.168.0.31", "  - 192.168.0.1-192.168.0.31\n---\nlog: {}",
		"t:11: only one YAML document is allowed\nt:1: users: is missing\n"},
	{"  psk: long-enough-secret\n", "\tpsk: long-enough-secret\n",
		"t:8: a TAB is in the indentation: use spaces\n"},
	{"long-enough-secret", "\377", "t:8: invalid text: invalid leading UTF-8 octet\n"},
	{"ike:\n  psk: long-enough-secret\n", "", "t:1: ike.psk: is missing\n"},
	{"  device: net_null0\n", "", "t:1: wan.device: is missing\n"},

	/* Single values. */
	{"wan:\n", "log: {level: loud}\nwan:\n",
		"t:1: log.level: \"loud\" is not a log level (error, warning, notice, info, "
		"debug)\n"},
	{"wan:\n", "eal: {hugepages: yes}\nwan:\n",
		"t:1: eal.hugepages: \"yes\" is neither true nor false\n"},
	{"wan:\n", "eal: {memory_mb: 1g}\nwan:\n",
		"t:1: eal.memory_mb: \"1g\" is not a number (0 to 1048576)\n"},
	{"wan:\n", "eal: {memory_mb: -1}\nwan:\n",
		"t:1: eal.memory_mb: \"-1\" is not a number (0 to 1048576)\n"},
	{"wan:\n", "eal: {memory_mb: 99999999999999999999999}\nwan:\n",
		"t:1: eal.memory_mb: \"99999999999999999999999\" is not a number (0 to 1048576)\n"},
	{"wan:\n", "eal: {options: [--no-telemetry, --vdev=net_null0]}\nwan:\n",
		"t:1: eal.options[1]: --vdev is set by wan.device and lan.device\n"},
	{"wan:\n", "eal: {options: [\"-l0-3\"]}\nwan:\n",
		"t:1: eal.options[0]: -l is set by eal.control_core and workers.cores\n"},
	{"wan:\n", "control: {socket: kanmon.sock}\nwan:\n",
		"t:1: control.socket: \"kanmon.sock\" is not an absolute path\n"},
	{"wan:\n", "ppp: {mss_clamp: yes}\nwan:\n",
		"t:1: ppp.mss_clamp: \"yes\" is not a number (536 to 1460)\n"},
	{"wan:\n", "wan:\n  mtu: 68\n", "t:2: wan.mtu: 68 is out of range (1280 to 9000)\n"},
	{"wan:\n", "wan:\n  descriptors: 1000\n",
		"t:2: wan.descriptors: \"1000\" is not a power of two from 64 to 4096\n"},
	{"net_null0", "eth0",
		"t:2: wan.device: \"eth0\" is not a device (a PCI address such as 0000:03:00.0, "
		"or a virtual device such as net_af_packet0,iface=eth0)\n"},
	{"net_null0", "0000:03:00.8",
		"t:2: wan.device: \"0000:03:00.8\" is not a device (a PCI address such as "
		"0000:03:00.0, or a virtual device such as net_af_packet0,iface=eth0)\n"},
	{"10.0.0.254/24", "10.0.0.254",
		"t:3: wan.address: \"10.0.0.254\" is not an address with prefix length (such as "
		"10.0.0.254/24)\n"},
	{"10.0.0.254/24", "10.0.0.254/8", "t:3: wan.address: /8 is out of range (/16 to /30)\n"},
	{"10.0.0.254/24", "10.0.0.0/24",
		"t:3: wan.address: 10.0.0.0/24 is the network or broadcast address, not a host "
		"address\n"},
	{"10.0.0.254/24", "224.0.0.1/24", "t:3: wan.address: 224.0.0.1/24 is not a host address\n"},
	{"ike:\n", "ike:\n  lifetime: 5y\n",
		"t:8: ike.lifetime: \"5y\" is not a time (seconds, or 30m, 8h, 1d)\n"},
	{"ike:\n", "ike:\n  lifetime: 8d\n",
		"t:8: ike.lifetime: 8d is out of range (60 to 604800 seconds)\n"},
	{"ike:\n", "ike:\n  lifetime: 4294967295d\n",
		"t:8: ike.lifetime: 4294967295d is out of range (60 to 604800 seconds)\n"},
	{"ike:\n", "ike:\n  proposals: aes256-sha1-modp2048\n",
		"t:8: ike.proposals: is not a list (- one entry per line, or [a, b])\n"},
	{"ike:\n", "ike:\n  proposals: []\n",
		"t:8: ike.proposals: has too few entries (at least 1)\n"},
	{"ike:\n", "ike:\n  proposals: [aes256-sha1]\n",
		"t:8: ike.proposals[0]: \"aes256-sha1\" is not a suite (cipher-hash-group of "
		"aes256 aes192 aes128 3des des, sha1 sha256 sha384 sha512 md5, modp1024 modp1536 "
		"modp2048 modp3072 modp4096 ecp256 ecp384 ecp521)\n"},
	{"ike:\n", "ike:\n  proposals:\n    - 3des-sha1-modp2048\n    - 3des-sha1-modp2048\n",
		"t:10: ike.proposals[1]: 3des-sha1-modp2048 is listed twice\n"},
	{"ike:\n", "esp: {proposals: [aes128-md4]}\nike:\n",
		"t:7: esp.proposals[0]: \"aes128-md4\" is not a suite (aes128-sha1 aes192-sha1 "
		"aes256-sha1 aes128-sha256 aes192-sha256 aes256-sha256 aes128-sha384 "
		"aes256-sha384 aes128-sha512 aes256-sha512 aes128-sha256_96 aes256-sha256_96 "
		"aes128gcm16 aes256gcm16 3des-sha1 3des-sha256 aes128-md5 aes256-md5 3des-md5 "
		"des-md5 des-sha1)\n"},
	{"ike:\n", "esp: {pfs: [modp768]}\nike:\n",
		"t:7: esp.pfs[0]: \"modp768\" is not a Diffie-Hellman group (modp1024 modp1536 "
		"modp2048 modp3072 modp4096 ecp256 ecp384 ecp521)\n"},
	{"ike:\n", "esp: {replay_window: 0}\nike:\n",
		"t:7: esp.replay_window: \"0\" is not a power of two from 64 to 4096\n"},
	{"ike:\n", "ppp: {dns: [1.1.1.1, 8.8.8.8, 9.9.9.9]}\nike:\n",
		"t:7: ppp.dns: has too many entries (at most 2)\n"},
	{"ike:\n", "ppp: {dns: [one]}\nike:\n",
		"t:7: ppp.dns[0]: \"one\" is not an IPv4 address\n"},
	{"ike:\n", "l2tp: {host_name: a b}\nike:\n",
		"t:7: l2tp.host_name: \"a b\" contains characters other than letters, digits, - "
		"_ .\n"},
	{"long-enough-secret", "\"\"", "t:8: ike.psk: is 0 bytes long (1 to 256, or file:PATH)\n"},
	{"long-enough-secret", "file:/nonexistent/psk",
		"t:8: ike.psk: file /nonexistent/psk: No such file or directory\n"},
	{"long-enough-secret", "file:/dev/null",
		"t:8: ike.psk: file /dev/null: is not a regular file\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.31-192.168.0.1",
		"t:10: pools[0]: \"192.168.0.31-192.168.0.1\" is not an address or range (such "
		"as 192.168.0.1-192.168.0.31)\n"},
	{"user-01", "HOME\\user",
		"t:12: users[0].name: \"HOME\\user\" contains a backslash (the domain that a "
		"client sends is removed)\n"},
	{"    password: long-enough-password\n", "", "t:12: users[0].password: is missing\n"},
	{"    password: long-enough-password\n", "    password: a\n    pasword: b\n",
		"t:14: users[0].pasword: unknown key (known: name, password, address, segment, "
		"disabled, groups, rate_up, rate_down)\n"},
	{"    password: long-enough-password\n", "    password: a\n    password: b\n",
		"t:14: users[0].password: duplicate key\n"},
	{"  - name: user-01\n    password: long-enough-password\n", "  - user-01\n",
		"t:12: users[0]: is not a mapping (- name: ..., password: ...)\n"},
	{"users:\n  - name: user-01\n    password: long-enough-password\n", "users: []\n",
		"t:11: users: has too few entries (at least 1)\n"},

	/* NAT. */
	{"ike:\n", "nat: {source: [{from: [192.168.0.0/24]}]}\nike:\n", ""},
	{"ike:\n", "nat: {source: {}}\nike:\n",
		"t:7: nat.source: is not a list (- from: [192.168.0.0/24])\n"},
	{"ike:\n", "nat: {source: [lan]}\nike:\n",
		"t:7: nat.source[0]: is not a mapping (- from: [192.168.0.0/24])\n"},
	{"ike:\n", "nat: {source: [{to: 10.0.0.9}]}\nike:\n",
		"t:7: nat.source[0].from: is missing\n"},
	{"ike:\n", "nat: {source: [{from: [], to: 10.0.0.9}]}\nike:\n",
		"t:7: nat.source[0].from: has too few entries (at least 1)\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.1/24]}]}\nike:\n",
		"t:7: nat.source[0].from[0]: 192.168.0.1/24 is a host address (its network is "
		"192.168.0.0/24)\n"},
	{"ike:\n", "nat: {source: [{from: [lan]}]}\nike:\n",
		"t:7: nat.source[0].from[0]: \"lan\" is not a network (such as 192.168.0.0/24) "
		"or address\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: masquerade}]}\nike:\n",
		"t:7: nat.source[0].to: \"masquerade\" is not an address or range (such as "
		"10.0.0.16-10.0.0.31)\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: 10.1.0.0-10.1.0.255}]}\nike:\n",
		"t:7: nat.source[0].to: contains 256 addresses (at most 63)\n"},
	{"ike:\n",
		"nat:\n  source:\n    - from: [192.168.0.7]\n      to: 10.1.0.0-10.1.0.31\n"
		"    - from: [192.168.0.8]\n      to: 10.2.0.0-10.2.0.31\nike:\n",
		"t:11: nat.source[1].to: all rules together use too many addresses (at most 63)\n"},
	{"ike:\n",
		"nat:\n  source:\n    - {from: [192.168.0.7], to: 10.0.0.16-10.0.0.20}\n"
		"    - {from: [192.168.0.8], to: 10.0.0.20}\nike:\n",
		"t:10: nat.source[1].to: partly overlaps nat.source[0].to in line 9\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: 192.168.0.9}]}\nike:\n",
		"t:7: nat.source[0].to: is in the network of lan.address\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: 10.0.0.250-10.0.0.255}]}\nike:\n",
		"t:7: nat.source[0].to: contains 10.0.0.255, which is the WAN's broadcast "
		"address\n"
		"t:7: nat.source[0].to: contains wan.address, which cannot be part of a larger "
		"range\n"},
	{"ike:\n", "nat: {destination: [{port: 0, to: 192.168.0.99}]}\nike:\n",
		"t:7: nat.destination[0].port: \"0\" is not a port or range (1 to 65535, or such "
		"as 8000-8010)\n"},
	{"ike:\n", "nat: {destination: [{port: 90-80, to: 192.168.0.99}]}\nike:\n",
		"t:7: nat.destination[0].port: \"90-80\" is not a port or range (1 to 65535, or "
		"such as 8000-8010)\n"},
	{"ike:\n", "nat: {destination: [{port: 80}]}\nike:\n",
		"t:7: nat.destination[0].to: is missing\n"},
	{"ike:\n", "nat: {destination: [{port: 80, to: \"192.168.0.99:\"}]}\nike:\n",
		"t:7: nat.destination[0].to: \"192.168.0.99:\" is not a host (such as "
		"192.168.0.100, or 192.168.0.100:80)\n"},
	{"ike:\n", "nat: {destination: [{port: 80, to: 192.168.0.99, protocol: icmp}]}\nike:\n",
		"t:7: nat.destination[0].protocol: \"icmp\" is not one of tcp, udp, both\n"},
	{"ike:\n", "nat: {destination: [{port: 80, to: 192.168.0.254}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to 192.168.0.254, the gateway's own address\n"},
	{"ike:\n", "nat: {destination: [{port: 400-600, to: 192.168.0.99, protocol: udp}]}\nike:\n",
		"t:7: nat.destination[0]: forwards UDP port 500, which the gateway itself uses\n"},
	{"ike:\n", "nat: {destination: [{port: 400-600, to: 192.168.0.99}]}\nike:\n", ""},
	{"ike:\n", "nat: {destination: [{port: 1-20, to: \"192.168.0.99:65530\"}]}\nike:\n",
		"t:7: nat.destination[0]: forwards to ports above 65535\n"},
	{"ike:\n",
		"nat:\n  destination:\n    - {port: 80-90, to: 192.168.0.99}\n"
		"    - {port: 85, to: 192.168.0.98}\nike:\n",
		"t:10: nat.destination[1]: overlaps nat.destination[0] in line 9, which has no "
		"from\n"},
	{"ike:\n",
		"nat:\n  destination:\n"
		"    - {port: 80-90, to: 192.168.0.99, from: [10.0.0.0/24]}\n"
		"    - {port: 85, to: 192.168.0.98}\nike:\n",
		""},
	{"ike:\n", "nat: {filtering: none}\nike:\n",
		"t:7: nat.filtering: \"none\" is not one of endpoint-independent, "
		"address-dependent, address-and-port-dependent\n"},
	{"ike:\n", "nat: {max_sessions: 1048576}\nike:\n",
		"t:7: nat.max_sessions: 1048576 is too many for 1 worker (at most 1048575 each)\n"},
	{"ike:\n", "nat: {timeouts: {udp: 0}}\nike:\n",
		"t:7: nat.timeouts.udp: 0 is out of range (1 to 86400 seconds)\n"},
	{"ike:\n", "nat: {timeouts: {gre: 60}}\nike:\n",
		"t:7: nat.timeouts.gre: unknown key (known: udp, tcp_established, "
		"tcp_transitory, icmp)\n"},

	/* Values that contradict each other. */
	{"net_null1", "net_null0,size=64",
		"t:5: lan.device: net_null0 is already used by wan.device\n"},
	{"wan:\n  device: net_null0\n  address: 10.0.0.254/24\nlan:\n  device: net_null1",
		"wan:\n  device: 03:00.0\n  address: 10.0.0.254/24\nlan:\n  device: 0000:03:00.0",
		"t:5: lan.device: 03:00.0 is already used by wan.device\n"},
	{"wan:\n  device: net_null0\n  address: 10.0.0.254/24\nlan:\n  device: net_null1",
		"wan:\n  device: net_af_packet0,iface=eth0\n  address: 10.0.0.254/24\nlan:\n"
		"  device: net_af_packet1,iface=eth0",
		"t:5: lan.device: interface eth0 is already used by wan.device\n"},
	{"wan:\n", "wan:\n  gateway: 10.0.1.1\n",
		"t:2: wan.gateway: is outside the network of wan.address, 10.0.0.0/24\n"},
	{"wan:\n", "wan:\n  gateway: 10.0.0.254\n",
		"t:2: wan.gateway: 10.0.0.254 is the gateway's own, the network or the broadcast "
		"address\n"},
	{"lan:\n", "lan:\n  gateway: 10.0.0.1\n",
		"t:5: lan.gateway: is outside the network of lan.address, 192.168.0.0/24\n"},
	{"ike:\n", "ppp: {routes: [192.168.0.0/24, 10.1.0.0/16], domain: corp.example}\nike:\n",
		"t:7: ppp.routes[1]: is outside the network of lan.address, and no gateway or "
		"route leads there\n"},
	{"ike:\n", "ppp: {routes: [10.1.0.0/16]}\nroutes: [10.0.0.0/12 via 192.168.0.101]\nike:\n",
		""},
	{"ike:\n", "ppp: {routes: [10.1.2.3/16]}\nike:\n",
		"t:7: ppp.routes[0]: 10.1.2.3/16 is a host address (its network is 10.1.0.0/16)\n"},
	{"ike:\n",
		"routes: [10.1.0.0/16 via 10.0.0.7, 10.1.2.0/24 via 192.168.0.107, 10.2.0.0/16 "
		"blackhole, 10.3.0.0/16 unreachable]\nike:\n",
		""},
	{"ike:\n",
		"routes: [10.1.0.0/16 via 10.0.0.254, 10.2.0.0/16 via 192.168.0.255, 10.3.0.0/16 "
		"via 10.4.0.1]\nike:\n",
		"t:7: routes[0]: 10.0.0.254 is not another host in the network of wan.address or "
		"lan.address\n"
		"t:7: routes[1]: 192.168.0.255 is not another host in the network of wan.address "
		"or lan.address\n"
		"t:7: routes[2]: 10.4.0.1 is not another host in the network of wan.address or "
		"lan.address\n"},
	{"ike:\n", "routes:\n  - 10.1.0.0/16 blackhole\n  - 10.1.0.0/16 via 10.0.0.1\nike:\n",
		"t:9: routes[1]: has the same destination as routes[0] in line 8\n"},
	{"ike:\n",
		"routes: [192.168.0.128/25 via 10.0.0.1, 10.0.0.0/24 blackhole, 127.0.0.0/8 "
		"blackhole]\nike:\n",
		"t:7: routes[0]: is inside the network of lan.address\n"
		"t:7: routes[1]: is inside the network of wan.address\n"
		"t:7: routes[2]: contains no host addresses\n"},
	{"ike:\n", "routes: [0.0.0.0/0 via 10.0.0.1]\nike:\n",
		"t:7: routes[0]: a default route is set by wan.gateway or lan.gateway\n"},
	{"ike:\n", "routes: [10.1.0.1/16 blackhole]\nike:\n",
		"t:7: routes[0]: 10.1.0.1/16 is a host address (its network is 10.1.0.0/16)\n"},
	{"ike:\n", "routes: [10.1.0.0/16 via here]\nike:\n",
		"t:7: routes[0]: \"here\" is not an IPv4 address\n"},
	{"ike:\n", "routes: [10.1.0.0/16 via]\nike:\n",
		"t:7: routes[0]: \"10.1.0.0/16 via\" is not a route (such as 10.1.0.0/16 via "
		"192.168.0.1, 10.1.0.0/16 blackhole or 10.1.0.0/16 unreachable)\n"},
	{"ike:\n", "routes: [10.1.0.0/16 blackhole now]\nike:\n",
		"t:7: routes[0]: \"10.1.0.0/16 blackhole now\" is not a route (such as "
		"10.1.0.0/16 via 192.168.0.1, 10.1.0.0/16 blackhole or 10.1.0.0/16 unreachable)\n"},
	{"10.0.0.254/24", "dhcp", ""},
	{"10.0.0.254/24", "dhcp\n  gateway: 10.0.0.1",
		"t:4: wan.gateway: must not be set: wan.address is dhcp\n"},
	{"lan:\n", "lan:\n  source_check: on\n",
		"t:5: lan.source_check: \"on\" is not one of strict, loose, off\n"},
	{"wan:\n", "wan:\n  queues: 2\n",
		"t:2: wan.queues: 2 queues exceed the number of workers (at most 1)\n"},
	{"192.168.0.254/24", "10.0.200.1/16",
		"t:6: lan.address: overlaps the network of wan.address, 10.0.0.0/24\n"
		"t:10: pools[0]: is outside the network of lan.address, 10.0.0.0/16\n"},
	{"ike:\n", "ppp: {mtu: 1403}\nike:\n",
		"t:7: ppp.mtu: 1403 does not fit into wan.mtu 1500 with the tunnel headers (at "
		"most 1402)\n"},
	{"ike:\n", "ppp: {mtu: 1402}\nike:\n", ""},
	{"ike:\n", "ppp: {mtu: 1387}\nesp: {proposals: [aes128-sha1, aes256-sha512]}\nike:\n",
		"t:7: ppp.mtu: 1387 does not fit into wan.mtu 1500 with the tunnel headers (at "
		"most 1386)\n"},
	{"ike:\n", "ike:\n  proposals: [aes128-sha1-modp2048, 3des-sha1-modp1024]\n",
		"t:8: ike.proposals[1]: 3des-sha1-modp1024 is weak (allowed by ike.allow_weak: "
		"true)\n"},
	{"ike:\n", "ike:\n  allow_weak: true\n  proposals: [des-md5-modp1024]\n", ""},
	{"ike:\n", "esp: {proposals: [des-sha1]}\nike:\n",
		"t:7: esp.proposals[0]: des-sha1 is weak (allowed by esp.allow_weak: true)\n"},
	{"ike:\n", "esp: {pfs: [modp2048, modp1024]}\nike:\n",
		"t:7: esp.pfs[1]: modp1024 is weak (allowed by esp.allow_weak: true)\n"},
	{"ike:\n", "esp: {pfs: [modp1024], allow_weak: true}\nike:\n", ""},
	{"192.168.0.1-192.168.0.31", "192.168.1.1-192.168.1.31",
		"t:10: pools[0]: is outside the network of lan.address, 192.168.0.0/24\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.250-192.168.0.254",
		"t:10: pools[0]: contains 192.168.0.254, which is the gateway's own address\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.0-192.168.0.31",
		"t:10: pools[0]: contains 192.168.0.0, which is the network address\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.255",
		"t:10: pools[0]: 192.168.0.255 is the broadcast address\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.1-192.168.0.31\n  - 192.168.0.31",
		"t:11: pools[1]: overlaps pools[0] in line 10\n"},
	{"pools:\n  - 192.168.0.1-192.168.0.31\n", "",
		"t:10: users[0].address: is required: there are no pools\n"},
	{"users:\n", "users:\n  - {name: user-01, password: a}\n",
		"t:13: users[1].name: \"user-01\" is already defined in line 12\n"},
	{"users:\n",
		"users:\n  - {name: a, password: a, address: 192.168.0.40}\n"
		"  - {name: b, password: b, address: 192.168.0.40}\n",
		"t:13: users[1].address: 192.168.0.40 is already assigned to \"a\" in line 12\n"},
	{"users:\n", "users:\n  - {name: a, password: a, address: 10.0.0.7}\n",
		"t:12: users[0].address: is outside the network of lan.address, 192.168.0.0/24\n"},
	{"users:\n", "users:\n  - {name: a, password: a, address: 192.168.0.254}\n",
		"t:12: users[0].address: 192.168.0.254 is the gateway's own address\n"},

	/* Several errors at a time. */
	{"wan:\n", "log: {level: loud}\nwan:\n  mtu: 1\n  gatway: 1\n",
		"t:1: log.level: \"loud\" is not a log level (error, warning, notice, info, "
		"debug)\nt:3: wan.mtu: 1 is out of range (1280 to 9000)\n"
		"t:4: wan.gatway: unknown key (known: device, address, gateway, vlan, forward, "
		"source_check, mtu, queues, descriptors)\n"},

	/* The file cannot forge a line of its own. */
	{"wan:\n", "\"a\\nt:1: b\": 1\nwan:\n",
		"t:1: a?t:1: b: unknown key (known: log, control, eal, workers, wan, lan, "
		"routes, ike, esp, l2tp, ppp, pools, segments, users, groups, shaping, filter, "
		"nat, limits)\n"},
};
/* clang-format on */

static void
test_errors(void **state)
{
	(void)state;
	check_cases(cases, sizeof(cases) / sizeof(cases[0]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
