/* SPDX-License-Identifier: BSD-3-Clause */
/* The example file gives the service's values; each mistake gives its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config_good.h"

/* clang-format off */
static const struct {
	const char *from, *to;
	const char *expect; /* all lines, or "" */
} cases[] = {
	{"", "", ""},

	/* Limits. */
	{"pools:\n", "limits: {takeover: newest}\npools:\n", "t:9: limits.takeover: \"newest\" is none of silent, oldest, none\n"},
	{"pools:\n", "limits: {takeover: none}\npools:\n", ""},

	/* Segments. */
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\npools:\n", ""},
	{"pools:\n", "segments: [{name: lan, vlan: 20, address: 192.168.20.254/24}]\npools:\n", "t:9: segments[0].name: \"lan\" is taken already\n"},
	{"pools:\n", "segments: [{name: a, vlan: 0, address: 192.168.20.254/24}]\npools:\n", "t:9: segments[0].vlan: 0 is that of segment lan\n"},
	{"pools:\n", "segments: [{name: a, vlan: 4095, address: 192.168.20.254/24}]\npools:\n", "t:9: segments[0].vlan: 4095 is out of range (0 to 4094)\n"},
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 192.168.0.1/16}]\npools:\n", "t:9: segments[0].address: overlaps with the network of lan, 192.168.0.0/24\n"},
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 10.0.0.1/16}]\npools:\n", "t:9: segments[0].address: overlaps with the network of wan.address, 10.0.0.0/24\n"},
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 192.168.20.254/24}, {name: a, vlan: 20, address: 192.168.21.254/24}]\npools:\n", "t:9: segments[1].name: \"a\" is taken already\nt:9: segments[1].vlan: 20 is that of segment a\n"},
	{"pools:\n", "segments: [{name: a, vlan: 20, address: 192.168.20.254/24, gateway: 192.168.0.1}]\npools:\n", "t:9: segments[0].gateway: 192.168.0.1 is no other host of the segment's network\n"},
	{"pools:\n", "segments: [{name: a, address: 192.168.20.254/24}]\npools:\n", "t:9: segments[0].vlan: is missing\n"},
	{"    password: password123\n", "    password: p\n    segment: b\n", "t:12: users[0].segment: there is no segment \"b\"\n"},
	{"pools:\n  - 192.168.0.1-192.168.0.31\n", "pools:\n  - 192.168.0.1-192.168.0.31\n  - 192.168.20.1-192.168.20.9\nsegments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n", ""},
	{"    password: password123\n", "    password: p\n    segment: a\nsegments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n", "t:12: users[0].segment: no pool is of the network of a, and he has no address\n"},
	{"    password: password123\n", "    password: p\n    segment: lan\n    address: 192.168.20.7\nsegments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n", "t:12: users[0].segment: his address is not of the network of lan\n"},
	{"    password: password123\n", "    password: p\n    address: 192.168.20.7\nsegments: [{name: a, vlan: 20, address: 192.168.20.254/24}]\n", ""},

	/* The filter, groups and rates. */
	{"pools:\n", "filter: {rules: [{name: a, action: accept}]}\npools:\n", ""},
	{"pools:\n", "filter: {rules: [{name: a, action: allow}]}\npools:\n", "t:9: filter.rules[0].action: \"allow\" is no action (accept, drop, reject)\n"},
	{"pools:\n", "filter: {rules: [{action: drop}]}\npools:\n", "t:9: filter.rules[0].name: is missing\n"},
	{"pools:\n", "filter: {rules: [{name: a}]}\npools:\n", "t:9: filter.rules[0].action: is missing\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, from: [local]}]}\npools:\n", "t:9: filter.rules[0].from[0]: \"local\" is no zone (client, lan, wan)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, to: [dmz]}]}\npools:\n", "t:9: filter.rules[0].to[0]: \"dmz\" is no zone (client, lan, wan, local)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, to_networks: [192.168.0.5/24]}]}\npools:\n", "t:9: filter.rules[0].to_networks[0]: 192.168.0.5/24 is a host's address, not the network's\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, from_networks: [here]}]}\npools:\n", "t:9: filter.rules[0].from_networks[0]: \"here\" is no network (as 10.1.0.0/16) or address\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, ports: [80]}]}\npools:\n", "t:9: filter.rules[0].ports: is only for protocol tcp, udp or sctp\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, protocol: tcp, ports: [90-80]}]}\npools:\n", "t:9: filter.rules[0].ports[0]: \"90-80\" is no port, or range of them (as 8000-8099)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, protocol: tcp, source_ports: [65536]}]}\npools:\n", "t:9: filter.rules[0].source_ports[0]: \"65536\" is no port, or range of them (as 8000-8099)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, protocol: tcpp}]}\npools:\n", "t:9: filter.rules[0].protocol: \"tcpp\" is no protocol (tcp udp icmp gre esp ah sctp igmp ipip, or 1 to 255)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, protocol: tcp, icmp_type: echo}]}\npools:\n", "t:9: filter.rules[0].icmp_type: is only for protocol icmp\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, protocol: icmp, icmp_type: ping}]}\npools:\n", "t:9: filter.rules[0].icmp_type: \"ping\" is no ICMP type (echo echo-reply unreachable redirect time-exceeded timestamp, or 0 to 255)\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, users: [nobody]}]}\npools:\n", "t:9: filter.rules[0].users[0]: there is no user \"nobody\"\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, groups: [staff]}]}\npools:\n", "t:9: groups: \"staff\" is named here, but there is no such group\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, from: [lan], to: [wan], users: [user-01]}]}\npools:\n", "t:9: filter.rules[0].users: is of no use where client is neither in from nor in to\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop}, {name: a, action: accept}]}\npools:\n", "t:9: filter.rules[1].name: \"a\" is in line 9 already\n"},
	{"pools:\n", "filter: {rules: [{name: a, action: drop, zone: lan}]}\npools:\n", "t:9: filter.rules[0].zone: unknown key (name, action, from, to, from_networks, to_networks, users, groups, protocol, ports, source_ports, icmp_type)\n"},
	{"pools:\n", "filter: {default_wan: maybe}\npools:\n", "t:9: filter.default_wan: \"maybe\" is no action (accept, drop, reject)\n"},
	{"pools:\n", "filter: {flows: 10}\npools:\n", "t:9: filter.flows: 10 is out of range (1024 to 16777216)\n"},
	{"pools:\n", "groups: [{name: a}, {name: a}]\npools:\n", "t:9: groups[1].name: \"a\" is in line 9 already\n"},
	{"pools:\n", "groups: [{name: a, rate_up: fast}]\npools:\n", "t:9: groups[0].rate_up: \"fast\" is no rate (bit/s: 500k, 50M, 1G, or unlimited)\n"},
	{"pools:\n", "shaping: {up: 1k}\npools:\n", "t:9: shaping.up: 1k is out of range (64k to 100G, or unlimited)\n"},
	{"pools:\n", "shaping: {down: 200G}\npools:\n", "t:9: shaping.down: 200G is out of range (64k to 100G, or unlimited)\n"},
	{"pools:\n", "shaping: {burst_ms: 5}\npools:\n", "t:9: shaping.burst_ms: 5 is out of range (10 to 10000)\n"},
	{"    password: password123\n", "    password: password123\n    groups: [staff]\n", "t:12: groups: \"staff\" is named here, but there is no such group\n"},
	{"    password: password123\n", "    password: password123\n    groups: [staff]\n    rate_up: 10M\ngroups: [{name: staff, rate_down: unlimited}]\n", ""},

	/* Structure. */
	{"wan:\n", "wan:\n  adress: 1\n", "t:2: wan.adress: unknown key (device, address, gateway, vlan, forward, source_check, mtu, queues, descriptors)\n"},
	{"wan:\n", "nta: true\nwan:\n", "t:1: nta: unknown key (log, control, eal, workers, wan, lan, routes, ike, esp, l2tp, ppp, pools, segments, users, groups, shaping, filter, nat, limits)\n"},
	{"wan:\n", "wan.mtu: 1400\nwan:\n", "t:1: wan.mtu: unknown key (log, control, eal, workers, wan, lan, routes, ike, esp, l2tp, ppp, pools, segments, users, groups, shaping, filter, nat, limits)\n"},
	{"wan:\n", "log: {modules: {ipsec: info}}\nwan:\n", "t:1: log.modules.ipsec: no such module (main, config, conn, ike, l2tp, ppp, net, dp, cli)\n"},
	{"wan:\n", "log: {modules: {ike: info, ike: debug}}\nwan:\n", "t:1: log.modules.ike: given twice\n"},
	{"wan:\n", "log: {level: info, level: info}\nwan:\n", "t:1: log.level: given twice (first in line 1)\n"},
	{"wan:\n", "eal: {}\neal: {}\nwan:\n", "t:2: eal: given twice (first in line 1)\n"},
	{"wan:\n", "eal: [1]\nwan:\n", "t:1: eal: is no section (keys with values below it)\n"},
	{"wan:\n", "log: {level: [info]}\nwan:\n", "t:1: log.level: is a list (a single value is expected)\n"},
	{"wan:\n", "log: {level: {a: b}}\nwan:\n", "t:1: log.level: is a section (a single value is expected)\n"},
	{"wan:\n", "log: {level: }\nwan:\n", "t:1: log.level: has no value\n"},
	{"wan:\n", "log: {level: \"in\\0fo\"}\nwan:\n", "t:1: log.level: holds a NUL byte\n"},
	{"wan:\n", "log: {level: &a info}\nwan:\n", "t:1: anchors, aliases and tags are not understood\n"},
	{"wan:\n", "log: {level: !!str info}\nwan:\n", "t:1: anchors, aliases and tags are not understood\n"},
	{"  - 192.168.0.1-192.168.0.31", "  - 192.168.0.1-192.168.0.31\n---\nlog: {}", "t:11: a second document (one is read)\n" "t:1: users: is missing\n"},
	{"  psk: secret123\n", "\tpsk: secret123\n", "t:8: no valid YAML: found character that cannot start any token, while scanning for the next token\n"},
	{"secret123", "\xff", "t:8: no valid YAML: invalid leading UTF-8 octet\n"},
	{"ike:\n  psk: secret123\n", "", "t:1: ike.psk: is missing\n"},
	{"  device: net_null0\n", "", "t:1: wan.device: is missing\n"},

	/* Values by themselves. */
	{"wan:\n", "log: {level: loud}\nwan:\n", "t:1: log.level: \"loud\" is no level (error, warning, notice, info, debug)\n"},
	{"wan:\n", "eal: {hugepages: yes}\nwan:\n", "t:1: eal.hugepages: \"yes\" is neither true nor false\n"},
	{"wan:\n", "eal: {memory_mb: 1g}\nwan:\n", "t:1: eal.memory_mb: \"1g\" is no number (0 to 1048576)\n"},
	{"wan:\n", "eal: {memory_mb: -1}\nwan:\n", "t:1: eal.memory_mb: \"-1\" is no number (0 to 1048576)\n"},
	{"wan:\n", "eal: {memory_mb: 99999999999999999999999}\nwan:\n", "t:1: eal.memory_mb: \"99999999999999999999999\" is no number (0 to 1048576)\n"},
	{"wan:\n", "eal: {options: [--no-telemetry, --vdev=net_null0]}\nwan:\n", "t:1: eal.options[1]: --vdev is set by wan.device and lan.device\n"},
	{"wan:\n", "eal: {options: [\"-l0-3\"]}\nwan:\n", "t:1: eal.options[0]: -l is set by eal.control_core and workers.cores\n"},
	{"wan:\n", "control: {socket: kanmon.sock}\nwan:\n", "t:1: control.socket: \"kanmon.sock\" is no absolute path\n"},
	{"wan:\n", "ppp: {mss_clamp: yes}\nwan:\n", "t:1: ppp.mss_clamp: \"yes\" is no number (536 to 1460)\n"},
	{"wan:\n", "wan:\n  mtu: 68\n", "t:2: wan.mtu: 68 is out of range (1280 to 9000)\n"},
	{"wan:\n", "wan:\n  descriptors: 1000\n", "t:2: wan.descriptors: \"1000\" does not do (a power of two, 64 to 4096)\n"},
	{"net_null0", "eth0", "t:2: wan.device: \"eth0\" is no device (a PCI address as 0000:03:00.0, or a virtual one as net_af_packet0,iface=eth0)\n"},
	{"net_null0", "0000:03:00.8", "t:2: wan.device: \"0000:03:00.8\" is no device (a PCI address as 0000:03:00.0, or a virtual one as net_af_packet0,iface=eth0)\n"},
	{"10.0.0.254/24", "10.0.0.254", "t:3: wan.address: \"10.0.0.254\" is no address with its network (as 10.0.0.254/24)\n"},
	{"10.0.0.254/24", "10.0.0.254/8", "t:3: wan.address: /8 is out of range (/16 to /30)\n"},
	{"10.0.0.254/24", "10.0.0.0/24", "t:3: wan.address: 10.0.0.0/24 is the network or its broadcast address, not a host's\n"},
	{"10.0.0.254/24", "224.0.0.1/24", "t:3: wan.address: 224.0.0.1/24 is no address of a host\n"},
	{"ike:\n", "ike:\n  lifetime: 5y\n", "t:8: ike.lifetime: \"5y\" is no time (seconds, or 30m, 8h, 1d)\n"},
	{"ike:\n", "ike:\n  lifetime: 8d\n", "t:8: ike.lifetime: 8d is out of range (60 to 604800 seconds)\n"},
	{"ike:\n", "ike:\n  lifetime: 4294967295d\n", "t:8: ike.lifetime: 4294967295d is out of range (60 to 604800 seconds)\n"},
	{"ike:\n", "ike:\n  proposals: aes256-sha1-modp2048\n", "t:8: ike.proposals: is no list (- one entry a line, or [a, b])\n"},
	{"ike:\n", "ike:\n  proposals: []\n", "t:8: ike.proposals: has too few entries (at least 1)\n"},
	{"ike:\n", "ike:\n  proposals: [aes256-sha1]\n", "t:8: ike.proposals[0]: \"aes256-sha1\" is no suite (cipher-hash-group of aes256 aes192 aes128 3des des, sha1 sha256 sha384 sha512 md5, modp1024 modp1536 modp2048 modp3072 modp4096 ecp256 ecp384 ecp521)\n"},
	{"ike:\n", "ike:\n  proposals:\n    - 3des-sha1-modp2048\n    - 3des-sha1-modp2048\n", "t:10: ike.proposals[1]: 3des-sha1-modp2048 is named twice\n"},
	{"ike:\n", "esp: {proposals: [aes128-md4]}\nike:\n", "t:7: esp.proposals[0]: \"aes128-md4\" is no suite (aes128-sha1 aes192-sha1 aes256-sha1 aes128-sha256 aes192-sha256 aes256-sha256 aes128-sha384 aes256-sha384 aes128-sha512 aes256-sha512 aes128-sha256_96 aes256-sha256_96 aes128gcm16 aes256gcm16 3des-sha1 3des-sha256 aes128-md5 aes256-md5 3des-md5 des-md5 des-sha1)\n"},
	{"ike:\n", "esp: {pfs: [modp768]}\nike:\n", "t:7: esp.pfs[0]: \"modp768\" is no group (modp1024 modp1536 modp2048 modp3072 modp4096 ecp256 ecp384 ecp521)\n"},
	{"ike:\n", "esp: {replay_window: 0}\nike:\n", "t:7: esp.replay_window: \"0\" does not do (a power of two, 64 to 4096)\n"},
	{"ike:\n", "ppp: {dns: [1.1.1.1, 8.8.8.8, 9.9.9.9]}\nike:\n", "t:7: ppp.dns: has too many entries (at most 2)\n"},
	{"ike:\n", "ppp: {dns: [one]}\nike:\n", "t:7: ppp.dns[0]: \"one\" is no IPv4 address\n"},
	{"ike:\n", "l2tp: {host_name: a b}\nike:\n", "t:7: l2tp.host_name: \"a b\" holds more than letters, digits, - _ .\n"},
	{"secret123", "\"\"", "t:8: ike.psk: has 0 bytes (1 to 256, or file:PATH)\n"},
	{"secret123", "file:/nonexistent/psk", "t:8: ike.psk: file /nonexistent/psk: No such file or directory\n"},
	{"secret123", "file:/dev/null", "t:8: ike.psk: file /dev/null: is no regular file\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.31-192.168.0.1", "t:10: pools[0]: \"192.168.0.31-192.168.0.1\" is no range (as 192.168.0.1-192.168.0.31)\n"},
	{"user-01", "HOME\\user", "t:12: users[0].name: \"HOME\\user\" holds a backslash (the domain that a client sends is taken off)\n"},
	{"    password: password123\n", "", "t:12: users[0].password: is missing\n"},
	{"    password: password123\n", "    password: a\n    pasword: b\n", "t:14: users[0].pasword: unknown key (name, password, address, segment, disabled, groups, rate_up, rate_down)\n"},
	{"    password: password123\n", "    password: a\n    password: b\n", "t:14: users[0].password: given twice\n"},
	{"  - name: user-01\n    password: password123\n", "  - user-01\n", "t:12: users[0]: is no mapping (- name: ..., password: ...)\n"},
	{"users:\n  - name: user-01\n    password: password123\n", "users: []\n", "t:11: users: has too few entries (at least 1)\n"},

	/* NAT. */
	{"ike:\n", "nat: {source: [{from: [192.168.0.0/24]}]}\nike:\n", ""},
	{"ike:\n", "nat: {source: {}}\nike:\n", "t:7: nat.source: is no list (- from: [192.168.0.0/24])\n"},
	{"ike:\n", "nat: {source: [lan]}\nike:\n", "t:7: nat.source[0]: is no mapping (- from: [192.168.0.0/24])\n"},
	{"ike:\n", "nat: {source: [{to: 10.0.0.9}]}\nike:\n", "t:7: nat.source[0].from: is missing\n"},
	{"ike:\n", "nat: {source: [{from: [], to: 10.0.0.9}]}\nike:\n", "t:7: nat.source[0].from: has too few entries (at least 1)\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.1/24]}]}\nike:\n", "t:7: nat.source[0].from[0]: 192.168.0.1/24 is a host's address, not the network's\n"},
	{"ike:\n", "nat: {source: [{from: [lan]}]}\nike:\n", "t:7: nat.source[0].from[0]: \"lan\" is no network (as 192.168.0.0/24)\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: masquerade}]}\nike:\n", "t:7: nat.source[0].to: \"masquerade\" is no address or range (as 10.0.0.16-10.0.0.31)\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: 10.1.0.0-10.1.0.255}]}\nike:\n", "t:7: nat.source[0].to: has 256 addresses (at most 63)\n"},
	{"ike:\n", "nat:\n  source:\n    - from: [192.168.0.7]\n      to: 10.1.0.0-10.1.0.31\n    - from: [192.168.0.8]\n      to: 10.2.0.0-10.2.0.31\nike:\n", "t:11: nat.source[1].to: all rules together have too many addresses (at most 63)\n"},
	{"ike:\n", "nat:\n  source:\n    - {from: [192.168.0.7], to: 10.0.0.16-10.0.0.20}\n    - {from: [192.168.0.8], to: 10.0.0.20}\nike:\n", "t:10: nat.source[1].to: overlaps with nat.source[0].to, line 9, which is not the same\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: 192.168.0.9}]}\nike:\n", "t:7: nat.source[0].to: is in the network of lan.address\n"},
	{"ike:\n", "nat: {source: [{from: [192.168.0.7], to: 10.0.0.250-10.0.0.255}]}\nike:\n", "t:7: nat.source[0].to: holds 10.0.0.255, which is the WAN's broadcast address\n" "t:7: nat.source[0].to: holds wan.address, which is a rule's alone, or of none\n"},
	{"ike:\n", "nat: {destination: [{port: 0, to: 192.168.0.9}]}\nike:\n", "t:7: nat.destination[0].port: \"0\" is no port or range (1 to 65535, or as 8000-8010)\n"},
	{"ike:\n", "nat: {destination: [{port: 90-80, to: 192.168.0.9}]}\nike:\n", "t:7: nat.destination[0].port: \"90-80\" is no port or range (1 to 65535, or as 8000-8010)\n"},
	{"ike:\n", "nat: {destination: [{port: 80}]}\nike:\n", "t:7: nat.destination[0].to: is missing\n"},
	{"ike:\n", "nat: {destination: [{port: 80, to: \"192.168.0.9:\"}]}\nike:\n", "t:7: nat.destination[0].to: \"192.168.0.9:\" is no host (as 192.168.0.100, or 192.168.0.100:80)\n"},
	{"ike:\n", "nat: {destination: [{port: 80, to: 192.168.0.9, protocol: icmp}]}\nike:\n", "t:7: nat.destination[0].protocol: \"icmp\" is none of tcp, udp, both\n"},
	{"ike:\n", "nat: {destination: [{port: 80, to: 192.168.0.254}]}\nike:\n", "t:7: nat.destination[0]: leads to 192.168.0.254, which is our own address\n"},
	{"ike:\n", "nat: {destination: [{port: 400-600, to: 192.168.0.9, protocol: udp}]}\nike:\n", "t:7: nat.destination[0]: takes UDP port 500, which the gateway itself uses\n"},
	{"ike:\n", "nat: {destination: [{port: 400-600, to: 192.168.0.9}]}\nike:\n", ""},
	{"ike:\n", "nat: {destination: [{port: 1-20, to: \"192.168.0.9:65530\"}]}\nike:\n", "t:7: nat.destination[0]: leads to ports above 65535\n"},
	{"ike:\n", "nat:\n  destination:\n    - {port: 80-90, to: 192.168.0.9}\n    - {port: 85, to: 192.168.0.8}\nike:\n", "t:10: nat.destination[1]: overlaps with nat.destination[0], line 9, which everyone may use\n"},
	{"ike:\n", "nat:\n  destination:\n    - {port: 80-90, to: 192.168.0.9, from: [10.0.0.0/24]}\n    - {port: 85, to: 192.168.0.8}\nike:\n", ""},
	{"ike:\n", "nat: {filtering: none}\nike:\n", "t:7: nat.filtering: \"none\" is none of endpoint-independent, address-dependent, address-and-port-dependent\n"},
	{"ike:\n", "nat: {max_sessions: 1048576}\nike:\n", "t:7: nat.max_sessions: 1048576 are too many for 1 workers (at most 1048575 each)\n"},
	{"ike:\n", "nat: {timeouts: {udp: 0}}\nike:\n", "t:7: nat.timeouts.udp: 0 is out of range (1 to 86400 seconds)\n"},
	{"ike:\n", "nat: {timeouts: {gre: 60}}\nike:\n", "t:7: nat.timeouts.gre: unknown key (udp, tcp_established, tcp_transitory, icmp)\n"},

	/* Values together. */
	{"net_null1", "net_null0,size=64", "t:5: lan.device: net_null0 is wan.device already\n"},
	{"wan:\n  device: net_null0\n  address: 10.0.0.254/24\nlan:\n  device: net_null1", "wan:\n  device: 03:00.0\n  address: 10.0.0.254/24\nlan:\n  device: 0000:03:00.0", "t:5: lan.device: 03:00.0 is wan.device already\n"},
	{"wan:\n  device: net_null0\n  address: 10.0.0.254/24\nlan:\n  device: net_null1", "wan:\n  device: net_af_packet0,iface=eth0\n  address: 10.0.0.254/24\nlan:\n  device: net_af_packet1,iface=eth0", "t:5: lan.device: interface eth0 is wan.device's already\n"},
	{"wan:\n", "wan:\n  gateway: 10.0.1.1\n", "t:2: wan.gateway: is outside of the network of wan.address, 10.0.0.0/24\n"},
	{"wan:\n", "wan:\n  gateway: 10.0.0.254\n", "t:2: wan.gateway: 10.0.0.254 is our own, the network's or the broadcast address\n"},
	{"lan:\n", "lan:\n  gateway: 10.0.0.1\n", "t:5: lan.gateway: is outside of the network of lan.address, 192.168.0.0/24\n"},
	{"ike:\n", "ppp: {routes: [192.168.0.0/24, 10.1.0.0/16], domain: corp.example}\nike:\n", "t:7: ppp.routes: entry 1 is outside of lan.address's network, and neither a gateway nor one of routes leads there\n"},
	{"ike:\n", "ppp: {routes: [10.1.0.0/16]}\nroutes: [10.0.0.0/12 via 192.168.0.1]\nike:\n", ""},
	{"ike:\n", "ppp: {routes: [10.1.2.3/16]}\nike:\n", "t:7: ppp.routes[0]: 10.1.2.3/16 is a host's address, not the network's\n"},
	{"ike:\n", "routes: [10.1.0.0/16 via 10.0.0.7, 10.1.2.0/24 via 192.168.0.7, 10.2.0.0/16 blackhole, 10.3.0.0/16 unreachable]\nike:\n", ""},
	{"ike:\n", "routes: [10.1.0.0/16 via 10.0.0.254, 10.2.0.0/16 via 192.168.0.255, 10.3.0.0/16 via 10.4.0.1]\nike:\n", "t:7: routes[0]: 10.0.0.254 is no router on the network of wan.address or lan.address\n" "t:7: routes[1]: 192.168.0.255 is no router on the network of wan.address or lan.address\n" "t:7: routes[2]: 10.4.0.1 is no router on the network of wan.address or lan.address\n"},
	{"ike:\n", "routes:\n  - 10.1.0.0/16 blackhole\n  - 10.1.0.0/16 via 10.0.0.1\nike:\n", "t:9: routes[1]: leads where routes[0], line 8, leads\n"},
	{"ike:\n", "routes: [192.168.0.128/25 via 10.0.0.1, 10.0.0.0/24 blackhole, 127.0.0.0/8 blackhole]\nike:\n", "t:7: routes[0]: leads into lan.address's own network\n" "t:7: routes[1]: leads into wan.address's own network\n" "t:7: routes[2]: leads to addresses that no host has\n"},
	{"ike:\n", "routes: [0.0.0.0/0 via 10.0.0.1]\nike:\n", "t:7: routes[0]: the way to all other networks is wan.gateway or lan.gateway\n"},
	{"ike:\n", "routes: [10.1.0.1/16 blackhole]\nike:\n", "t:7: routes[0]: 10.1.0.1/16 is a host's address, not the network's\n"},
	{"ike:\n", "routes: [10.1.0.0/16 via here]\nike:\n", "t:7: routes[0]: \"here\" is no IPv4 address\n"},
	{"ike:\n", "routes: [10.1.0.0/16 via]\nike:\n", "t:7: routes[0]: \"10.1.0.0/16 via\" is no route (as 10.1.0.0/16 via 192.168.0.1, 10.1.0.0/16 blackhole or 10.1.0.0/16 unreachable)\n"},
	{"ike:\n", "routes: [10.1.0.0/16 blackhole now]\nike:\n", "t:7: routes[0]: \"10.1.0.0/16 blackhole now\" is no route (as 10.1.0.0/16 via 192.168.0.1, 10.1.0.0/16 blackhole or 10.1.0.0/16 unreachable)\n"},
	{"10.0.0.254/24", "dhcp", ""},
	{"10.0.0.254/24", "dhcp\n  gateway: 10.0.0.1", "t:4: wan.gateway: comes by DHCP (wan.address is dhcp)\n"},
	{"lan:\n", "lan:\n  source_check: on\n", "t:5: lan.source_check: \"on\" is none of strict, loose, off\n"},
	{"wan:\n", "wan:\n  queues: 2\n", "t:2: wan.queues: 2 queues are more than workers.cores (at most 1)\n"},
	{"192.168.0.254/24", "10.0.200.1/16", "t:6: lan.address: overlaps with the network of wan.address, 10.0.0.0/24\n" "t:10: pools[0]: is outside of the network of lan.address, 10.0.0.0/16\n"},
	{"ike:\n", "ppp: {mtu: 1403}\nike:\n", "t:7: ppp.mtu: 1403 does not fit into wan.mtu 1500 with its headers (at most 1402)\n"},
	{"ike:\n", "ppp: {mtu: 1402}\nike:\n", ""},
	{"ike:\n", "ppp: {mtu: 1387}\nesp: {proposals: [aes128-sha1, aes256-sha512]}\nike:\n", "t:7: ppp.mtu: 1387 does not fit into wan.mtu 1500 with its headers (at most 1386)\n"},
	{"ike:\n", "ike:\n  proposals: [aes128-sha1-modp2048, 3des-sha1-modp1024]\n", "t:8: ike.proposals[1]: 3des-sha1-modp1024 is weak (ike.allow_weak: true permits it)\n"},
	{"ike:\n", "ike:\n  allow_weak: true\n  proposals: [des-md5-modp1024]\n", ""},
	{"ike:\n", "esp: {proposals: [des-sha1]}\nike:\n", "t:7: esp.proposals[0]: des-sha1 is weak (esp.allow_weak: true permits it)\n"},
	{"ike:\n", "esp: {pfs: [modp2048, modp1024]}\nike:\n", "t:7: esp.pfs[1]: modp1024 is weak (esp.allow_weak: true permits it)\n"},
	{"ike:\n", "esp: {pfs: [modp1024], allow_weak: true}\nike:\n", ""},
	{"192.168.0.1-192.168.0.31", "192.168.1.1-192.168.1.31", "t:10: pools[0]: is outside of the network of lan.address, 192.168.0.0/24\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.250-192.168.0.254", "t:10: pools[0]: holds 192.168.0.254, which is the gateway's own\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.0-192.168.0.31", "t:10: pools[0]: holds 192.168.0.0, which is the network's address\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.255", "t:10: pools[0]: holds 192.168.0.255, which is the broadcast address\n"},
	{"192.168.0.1-192.168.0.31", "192.168.0.1-192.168.0.31\n  - 192.168.0.31", "t:11: pools[1]: overlaps with pools[0], line 10\n"},
	{"pools:\n  - 192.168.0.1-192.168.0.31\n", "", "t:10: users[0].address: is missing, and there are no pools\n"},
	{"users:\n", "users:\n  - {name: user-01, password: a}\n", "t:13: users[1].name: \"user-01\" is in line 12 already\n"},
	{"users:\n", "users:\n  - {name: a, password: a, address: 192.168.0.40}\n  - {name: b, password: b, address: 192.168.0.40}\n", "t:13: users[1].address: 192.168.0.40 is \"a\"'s, line 12, already\n"},
	{"users:\n", "users:\n  - {name: a, password: a, address: 10.0.0.7}\n", "t:12: users[0].address: is outside of the network of lan.address, 192.168.0.0/24\n"},
	{"users:\n", "users:\n  - {name: a, password: a, address: 192.168.0.254}\n", "t:12: users[0].address: holds 192.168.0.254, which is the gateway's own\n"},

	/* Many at one time. */
	{"wan:\n", "log: {level: loud}\nwan:\n  mtu: 1\n  gatway: 1\n", "t:1: log.level: \"loud\" is no level (error, warning, notice, info, debug)\n" "t:3: wan.mtu: 1 is out of range (1280 to 9000)\n" "t:4: wan.gatway: unknown key (device, address, gateway, vlan, forward, source_check, mtu, queues, descriptors)\n"},
	/* No line of an error can be forged from within the file. */
	{"wan:\n", "\"a\\nt:1: b\": 1\nwan:\n", "t:1: a?t:1: b: unknown key (log, control, eal, workers, wan, lan, routes, ike, esp, l2tp, ppp, pools, segments, users, groups, shaping, filter, nat, limits)\n"},
};
/* clang-format on */

static void
test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lines lines = {0};
		struct config config;
		char text[2048];
		int rc;

		replaced(cases[i].from, cases[i].to, text, sizeof(text));
		rc = config_parse("t", text, strlen(text), &config, collect, &lines);
		if (strcmp(lines.text, cases[i].expect) != 0)
			print_error("case %zu:\n%s", i, text);
		assert_string_equal(lines.text, cases[i].expect);
		assert_int_equal(rc == 0, cases[i].expect[0] == '\0');
		if (rc == 0)
			config_free(&config);
	}
}

/* Cores: one that no machine has, and one that is used twice. */
static void
test_cores(void **state)
{
	struct lines lines = {0};
	struct config config;
	char text[2048], expect[64];

	(void)state;
	replaced("wan:\n", "workers: {cores: [1, 1023]}\neal: {control_core: 1}\nwan:\n", text,
		sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), &config, collect, &lines), 0);
	assert_int_equal(lines.n, 2);
	snprintf(expect, sizeof(expect),
		"t:1: workers.cores[0]: core 1 is eal.control_core already");
	assert_non_null(strstr(lines.text, expect));
	assert_non_null(strstr(lines.text, "t:1: workers.cores[1]: core 1023 does not exist"));

	memset(&lines, 0, sizeof(lines));
	replaced("wan:\n", "workers: {cores: [1, 1]}\nwan:\n", text, sizeof(text));
	assert_int_not_equal(config_parse("t", text, strlen(text), &config, collect, &lines), 0);
	assert_string_equal(lines.text,
		"t:1: workers.cores[1]: core 1 is another worker's already (workers "
		"share a core only with workers.idle_sleep_us above 0)\n");

	memset(&lines, 0, sizeof(lines));
	replaced("wan:\n", "workers: {cores: [0, 1, 1], idle_sleep_us: 10}\nwan:\n", text,
		sizeof(text));
	assert_int_equal(config_parse("t", text, strlen(text), &config, collect, &lines), 0);
	assert_int_equal(config.n_workers, 3);
	config_free(&config);
}

static void
assert_ip(be32 addr, const char *text)
{
	char buf[IP_STR_LEN];

	assert_string_equal(ip_str(addr, buf), text);
}

static void
assert_suites(const struct ike_config *ike)
{
	static const char *const suites[] = {"aes256-sha1-modp2048", "aes256-sha1-ecp384",
		"aes128-sha1-ecp256", "3des-sha1-modp2048"};
	static const char *const esp[] = {
		"aes128-sha1", "aes256-sha1", "aes256-sha256", "3des-sha1"};
	char name[IKE_SUITE_STR_LEN];

	assert_int_equal(ike->n_suites, 4);
	assert_int_equal(ike->n_esp, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_string_equal(ike_suite_str(&ike->suites[i], name), suites[i]);
		assert_string_equal(ike->esp[i]->name, esp[i]);
	}
}

/* The example, value for value: it is what the user asked for. */
static void
test_example(void **state)
{
	struct lines lines = {0};
	struct config c;
	struct dp_config dp;

	(void)state;
	assert_int_equal(config_load(SOURCE_ROOT "/configs/kanmon.yaml", &c, collect, &lines), 0);
	assert_string_equal(lines.text, "");
	assert_ip(c.wan.address.addr, "10.0.0.254");
	assert_int_equal(c.wan.address.len, 24);
	assert_ip(c.lan.address.addr, "192.168.0.254");
	assert_int_equal(c.lan.address.len, 24);
	assert_string_equal(c.wan.device, "0000:03:00.0");
	assert_int_equal(c.wan.mtu, 1500);
	assert_int_equal(c.wan.descriptors, 1024);
	assert_int_equal(c.ike.psk.len, 9);
	assert_memory_equal(c.ike.psk.b, "secret123", 9);
	assert_suites(&c.ike);
	assert_int_equal(c.ike.life_s, 28800);
	assert_int_equal(c.ike.esp_life_s, 3600);
	assert_int_equal(c.ike.esp_life_kb, 0);
	assert_int_equal(c.ike.n_pfs, 0);
	assert_true(c.ike.natt);
	assert_int_equal(c.ppp.mtu, 1400);
	assert_int_equal(c.ppp.mru, 1400);
	assert_int_equal(config_mss_clamp(&c), 1360);
	assert_int_equal(c.ppp.auth_tries, 3);
	assert_int_equal(c.dns[0], 0);
	assert_int_equal(c.n_pools, 1);
	assert_ip(c.pools[0].first, "192.168.0.1");
	assert_ip(c.pools[0].last, "192.168.0.31");
	assert_int_equal(c.n_users, 1);
	assert_string_equal(c.users[0].name, "user-01");
	assert_ptr_equal(config_find_user(&c, "user-01"), &c.users[0]);
	assert_null(config_find_user(&c, "user-02"));
	assert_null(config_find_user(&c, "user-0"));
	assert_string_equal(c.users[0].password, "password123");
	assert_int_equal(c.users[0].address, 0);
	assert_false(c.users[0].disabled);
	assert_string_equal(c.control_socket, "/run/kanmon/kanmon.sock");
	assert_int_equal(c.log_level, LOG_LEVEL_INFO);
	assert_int_equal(c.l2tp.hello_s, 60);

	/* The LAN's own way out. */
	assert_int_equal(c.nat.n_sources, 1);
	assert_int_equal(c.nat.source[0].from.n, 1);
	assert_ip(c.nat.source[0].from.net[0].addr, "192.168.0.0");
	assert_int_equal(c.nat.source[0].from.net[0].len, 24);
	assert_int_equal(c.nat.source[0].to.first, 0);
	assert_int_equal(c.nat.n_destinations, 0);
	assert_int_equal(c.nat.mapping, NAT_ENDPOINT_INDEPENDENT);
	assert_int_equal(c.nat.filtering, NAT_ENDPOINT_INDEPENDENT);
	assert_int_equal(c.nat.max_sessions, 1000000);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_UDP], 300);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_TCP], 7440);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_HALF], 240);

	config_dp(&c, &dp);
	assert_ptr_equal(dp.nat, &c.nat);
	assert_int_equal(dp.control_core, 0);
	assert_int_equal(dp.n_workers, 1);
	assert_int_equal(dp.worker_core[0], 1);
	assert_true(dp.hugepages);
	assert_string_equal(dp.file_prefix, "kanmon");
	assert_int_equal(dp.max_sessions, 11000);
	assert_int_equal(dp.replay_window, 1024);
	assert_string_equal(dp.port[DP_LAN].device, "0000:04:00.0");
	config_free(&c);
	assert_null(c.users);
	assert_int_equal(c.ike.psk.len, 0);
}

/* What is not the default arrives where it should, numbers of all widths among it. */
static void
test_values(void **state)
{
	static const char more[] =
		"log: {level: debug, modules: {ike: error, dp: notice}}\n"
		"control: {socket: /tmp/k.sock}\n"
		"eal: {hugepages: false, memory_mb: 700, file_prefix: k2, options: [--no-telemetry, -d, x.so]}\n"
		"workers: {idle_sleep_us: 50}\n"
		"esp: {path_mtu: true, lifetime: 60, lifetime_kb: 4294967295, replay_window: 64, pfs: [ecp256, modp2048]}\n"
		"l2tp: {hello: 2m, receive_window: 4, host_name: gw.example}\n"
		"ppp: {mtu: 1300, mru: 1280, mss_clamp: 1200, dns: [1.1.1.1, 9.9.9.9], echo_interval: 0, echo_failures: 9, auth_tries: 1, name: gw}\n"
		"limits: {half_open: 7, half_open_per_source: 3, sessions: 60000, sessions_per_user: 2, takeover: oldest}\n"
		"nat: {source: [{name: out, from: [192.168.0.0/24, 10.1.0.0/16], to: 10.0.0.16-10.0.0.31}],\n"
		"    destination: [{name: web, protocol: both, port: 8000-8010, to: '192.168.0.100:80', from: [10.0.0.7]}],\n"
		"    mapping: address-dependent, filtering: address-and-port-dependent, max_sessions: 500,\n"
		"    max_sessions_per_host: 20, timeouts: {udp: 2m, tcp_established: 3h, tcp_transitory: 5m, icmp: 90}}\n"
		"users:\n"
		"  - {name: a, password: '0123', address: 192.168.0.40, disabled: true}\n";
	struct lines lines = {0};
	struct config c;
	struct dp_config dp;
	char text[4096];

	(void)state;
	replaced("users:\n", more, text, sizeof(text));
	assert_int_equal(config_parse("t", text, strlen(text), &c, collect, &lines), 0);
	assert_int_equal(c.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c.log_module_level[LOG_IKE], LOG_LEVEL_ERR);
	assert_int_equal(c.log_module_level[LOG_DP], LOG_LEVEL_NOTICE);
	assert_int_equal(c.log_module_level[LOG_PPP], 0);
	assert_string_equal(c.control_socket, "/tmp/k.sock");
	assert_int_equal(c.ike.esp_life_s, 60);
	assert_true(c.path_mtu);
	assert_int_equal(c.ike.esp_life_kb, 4294967295u);
	assert_int_equal(c.ike.n_pfs, 2);
	assert_int_equal(c.ike.pfs[0], DH_ECP256);
	assert_int_equal(c.ike.pfs[1], DH_MODP2048);
	assert_int_equal(c.l2tp.hello_s, 120);
	assert_int_equal(c.l2tp.receive_window, 4);
	assert_string_equal(c.l2tp.host_name, "gw.example");
	assert_string_equal(c.nat.source[0].name, "out");
	assert_int_equal(c.nat.source[0].from.n, 2);
	assert_ip(c.nat.source[0].to.last, "10.0.0.31");
	assert_string_equal(c.nat.destination[0].name, "web");
	assert_int_equal(c.nat.destination[0].protocols, NAT_TO_TCP | NAT_TO_UDP);
	assert_int_equal(c.nat.destination[0].first, 8000);
	assert_int_equal(c.nat.destination[0].last, 8010);
	assert_ip(c.nat.destination[0].host, "192.168.0.100");
	assert_int_equal(c.nat.destination[0].host_port, 80);
	assert_int_equal(c.nat.destination[0].from.net[0].len, 32);
	assert_int_equal(c.nat.mapping, NAT_ADDRESS_DEPENDENT);
	assert_int_equal(c.nat.filtering, NAT_ADDRESS_AND_PORT_DEPENDENT);
	assert_int_equal(c.nat.max_sessions, 500);
	assert_int_equal(c.nat.max_per_host, 20);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_UDP], 120);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_TCP], 10800);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_TCP_TRANSITORY], 300);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_HALF], 300);
	assert_int_equal(c.nat.timeout[NAT_QUEUE_ICMP], 90);
	assert_int_equal(c.ppp.mtu, 1300);
	assert_int_equal(c.ppp.mru, 1280);
	assert_int_equal(config_mss_clamp(&c), 1200);
	assert_int_equal(c.ppp.echo_s, 0);
	assert_int_equal(c.ppp.echo_max, 9);
	assert_int_equal(c.ppp.auth_tries, 1);
	assert_ip(c.dns[0], "1.1.1.1");
	assert_ip(c.dns[1], "9.9.9.9");
	assert_int_equal(c.limit_half_open, 7);
	assert_int_equal(c.limit_half_open_per_source, 3);
	assert_int_equal(c.limit_sessions_per_user, 2);
	assert_int_equal(c.takeover, CONFIG_TAKEOVER_OLDEST);
	assert_int_equal(c.n_users, 2);
	assert_string_equal(c.users[0].password, "0123");
	assert_ip(c.users[0].address, "192.168.0.40");
	assert_true(c.users[0].disabled);

	config_dp(&c, &dp);
	assert_false(dp.hugepages);
	assert_int_equal(dp.memory_mb, 700);
	assert_string_equal(dp.file_prefix, "k2");
	assert_int_equal(dp.idle_sleep_us, 50);
	assert_int_equal(dp.n_eal_options, 3);
	assert_string_equal(dp.eal_options[2], "x.so");
	assert_int_equal(dp.replay_window, 64);
	config_free(&c);
}

/* --- the file as a whole -------------------------------------------------------------------------- */

static void
test_no_file(void **state)
{
	struct lines lines = {0};
	struct config c;

	(void)state;
	assert_int_not_equal(config_load("/nonexistent.yaml", &c, collect, &lines), 0);
	assert_string_equal(lines.text, "/nonexistent.yaml: No such file or directory\n");
	memset(&lines, 0, sizeof(lines));
	assert_int_not_equal(config_load("/tmp", &c, collect, &lines), 0);
	assert_string_equal(lines.text, "/tmp: Is a directory\n");
}

/* An empty file lacks exactly what is required. */
static void
test_empty(void **state)
{
	static const char *const required[] = {
		"wan.device", "wan.address", "lan.device", "lan.address", "ike.psk", "users"};
	struct lines lines = {0};
	struct config c;
	char expect[64];

	(void)state;
	assert_int_not_equal(config_parse("t", "# no key\n", 9, &c, collect, &lines), 0);
	assert_int_equal(lines.n, 6);
	for (size_t i = 0; i < 6; i++) {
		snprintf(expect, sizeof(expect), "t:1: %s: is missing\n", required[i]);
		assert_non_null(strstr(lines.text, expect));
	}
}

/* Many users are read, and their number does not make it slow. */
static void
test_many_users(void **state)
{
	const unsigned n = 20000;
	struct lines lines = {0};
	size_t room = sizeof(good) + n * 40, len;
	char *text = malloc(room);
	struct config c;

	(void)state;
	assert_non_null(text);
	len = (size_t)snprintf(text, room, "%s", good);
	for (unsigned i = 0; i < n; i++)
		len += (size_t)snprintf(
			text + len, room - len, "  - {name: u%u, password: p}\n", i);
	assert_int_equal(config_parse("t", text, len, &c, collect, &lines), 0);
	assert_int_equal(c.n_users, n + 1);
	assert_string_equal(c.users[n].name, "u19999");
	assert_int_equal(c.users[n].line, 13 + n);
	config_free(&c);
	free(text);
}

/* The manual says what the table says: scripts/gen-config-docs writes it. */
static void
test_manual(void **state)
{
	static char manual[65536];
	char *keys = NULL;
	size_t keys_len = 0;
	FILE *f = fopen(SOURCE_ROOT "/docs/configuration.md", "r");
	FILE *mem = open_memstream(&keys, &keys_len);

	(void)state;
	assert_non_null(f);
	assert_non_null(mem);
	manual[fread(manual, 1, sizeof(manual) - 1, f)] = '\0';
	fclose(f);
	config_print_keys(mem);
	fclose(mem);
	assert_true(keys_len > 1000);
	if (strstr(manual, keys) == NULL)
		fail_msg(
			"docs/configuration.md is not what kanmond --keys says: run scripts/gen-config-docs");
	free(keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_cores),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_many_users),
		cmocka_unit_test(test_manual),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
