/* SPDX-License-Identifier: BSD-3-Clause */
/* Every key of the configuration: one row. */
#include "config_impl.h"

#include <string.h>

#include "paths.h"

#define AT(field) offsetof(struct config, field), sizeof(((struct config *)0)->field)
#define AT_SEGMENT(field) \
	offsetof(struct config_segment, field), sizeof(((struct config_segment *)0)->field)
#define AT_USER(field)   offsetof(struct config_user, field), sizeof(((struct config_user *)0)->field)
#define AT_SOURCE(field) offsetof(struct nat_source, field), sizeof(((struct nat_source *)0)->field)
#define AT_RULE(field)   offsetof(struct config_rule, field), sizeof(((struct config_rule *)0)->field)
#define AT_GROUP(field) \
	offsetof(struct config_group, field), sizeof(((struct config_group *)0)->field)
#define AT_DEST(field) \
	offsetof(struct nat_destination, field), sizeof(((struct nat_destination *)0)->field)
#define NOWHERE 0, 0 /* the reader knows */

/* clang-format off */
const struct config_key config_keys[] = {
/*	path                          kind                default    min  max   field */
	{"log.level",                 &config_level,      "info",      0, 0,    AT(log_level),
		"The least important lines that are written: error (the operator must act), warning (something was refused), notice (sessions up and down, start, stop), info (every step, enough to understand a failed connection) or debug."},
	{"log.modules.<module>",      &config_level,      "",          0, 0,    AT(log_module_level),
		"The same for one module: main, config, conn, ike, l2tp, ppp, net, dp or cli."},
	{"control.socket",            &config_socket,     PATHS_CONTROL_SOCKET,  0, 0,    AT(control_socket),
		"The UNIX socket on which kanmonctl asks. Its folder is made (mode 0700) if it is not there."},

	{"eal.control_core",          &config_number,     "0",         0, 1023, AT(control_core),
		"The core that speaks the protocols and starts the others."},
	{"eal.hugepages",             &config_bool,       "true",      0, 0,    AT(hugepages),
		"Take memory from huge pages, which must have been set aside; false is for trying things out."},
	{"eal.memory_mb",             &config_number,     "0",         0, 1048576, AT(memory_mb),
		"Megabytes of memory to take at start; 0: as many as are needed."},
	{"eal.file_prefix",           &config_name,       "kanmon",    0, 0,    AT(file_prefix),
		"Tells apart the DPDK processes of one machine."},
	{"eal.options",               &config_options,    "",          0, CONFIG_MAX_EAL_OPTIONS, NOWHERE,
		"Further arguments for DPDK's EAL, as they are. What has a key of its own is not taken here."},

	{"workers.cores",             &config_cores,      "1",         1, DP_MAX_WORKERS, NOWHERE,
		"The cores that carry packets, one worker on each. A core is named once and is not eal.control_core, unless workers.idle_sleep_us lets workers share it."},
	{"workers.idle_sleep_us",     &config_number,     "0",         0, 1000, AT(idle_sleep_us),
		"Microseconds that a worker without packets sleeps; 0: it polls always, which is fastest and takes the whole core."},

	{"wan.device",                &config_device,     NULL,        0, 0,    AT(wan.device),
		"The port towards the clients: PCI address of a NIC that is bound to vfio-pci (`0000:03:00.0`), or a virtual device of DPDK (`net_af_packet0,iface=eth0`)."},
	{"wan.address",               &config_wan_address, NULL,       16, 30,   AT(wan.address),
		"Our address there, with the length of the network's prefix; `dhcp`: what a DHCP server gives, with its routers."},
	{"wan.gateway",               &config_address,    "",          0, 0,    AT(wan.gateway),
		"The router behind which all other networks are that lan.gateway and routes do not lead to."},
	{"wan.vlan",                  &config_number,     "0",         0, DP_VLAN_MAX, AT(wan.vlan),
		"The VLAN (802.1Q) of the port that we use; 0: untagged frames."},
	{"wan.forward",               &config_bool,       "false",     0, 0,    AT(wan.forward),
		"Route what comes in by this port for the LAN, clients and networks behind LAN routers, as far as the filter lets it; else the gateway itself and what NAT leads inside are all that may be spoken to from there."},
	{"wan.source_check",          &config_source_check, "strict",  0, 0,    AT(wan.source_check),
		"Which sources are forwarded from this port (RFC 3704): strict, those that the routes lead to by it; loose, those that any route leads to; off, all."},
	{"wan.mtu",                   &config_number,     "1500",   1280, 9000, AT(wan.mtu),
		"The largest IP packet of the port, in bytes."},
	{"wan.queues",                &config_number,     "0",         0, DP_MAX_WORKERS, AT(wan.queues),
		"Receive queues and transmit queues of the port; 0: one for each worker."},
	{"wan.descriptors",           &config_power2,     "1024",     64, 4096, AT(wan.descriptors),
		"Packets that each queue holds."},

	{"lan.device",                &config_device,     NULL,        0, 0,    AT(lan.device),
		"The port towards the network that clients join."},
	{"lan.address",               &config_prefix,     NULL,       16, 30,   AT(lan.address),
		"Our address there, with the length of the network's prefix. It is also our address in PPP."},
	{"lan.gateway",               &config_address,    "",          0, 0,    AT(lan.gateway),
		"The router that the LAN, and clients, leave by for all other networks, before wan.gateway (see also ppp.routes)."},
	{"lan.vlan",                  &config_number,     "0",         0, DP_VLAN_MAX, AT(lan.vlan),
		"The VLAN (802.1Q) of the port that this network is on; 0: untagged frames. Others are in segments."},
	{"lan.source_check",          &config_source_check, "strict",  0, 0,    AT(lan.source_check),
		"Which sources that are not of the LAN's own network this port takes, as wan.source_check: strict takes those of networks behind LAN routers that routes lead to, and all others if there is a lan.gateway."},
	{"lan.broadcast",             &config_bool,       "false",     0, 0,    AT(lan.relay),
		"Relay UDP broadcasts between the LAN and clients and from client to client, as Windows browsing wants; DHCP never, and not more than a few at a time."},
	{"lan.mtu",                   &config_number,     "1500",   1280, 9000, AT(lan.mtu),
		"The largest IP packet of the port, in bytes."},
	{"lan.queues",                &config_number,     "0",         0, DP_MAX_WORKERS, AT(lan.queues),
		"Receive queues and transmit queues of the port; 0: one for each worker."},
	{"lan.descriptors",           &config_power2,     "1024",     64, 4096, AT(lan.descriptors),
		"Packets that each queue holds."},

	{"routes",                    &config_static_routes, "",       0, CONFIG_MAX_ROUTES, NOWHERE,
		"Static routes, the longest prefix first: `10.1.0.0/16 via 192.168.0.1`, where the router is on the network of either port; `10.1.0.0/16 blackhole` drops, `10.1.0.0/16 unreachable` tells the sender so."},

	{"ike.psk",                   &config_psk,        NULL,        0, 0,    AT(ike.psk),
		"The pre-shared key of all clients."},
	{"ike.proposals",             &config_ike_suites, "aes256-sha1-modp2048, aes256-sha1-ecp384, aes128-sha1-ecp256, 3des-sha1-modp2048", 1, IKE_MAX_SUITES, NOWHERE,
		"Suites of main mode as cipher-hash-group, the one we like best first: the first of ours that the client offers is taken."},
	{"ike.lifetime",              &config_seconds,    "28800",    60, 604800, AT(ike.life_s),
		"How long an ISAKMP SA may live; a client that asks for less gets less."},
	{"ike.allow_weak",            &config_bool,       "false",     0, 0,    AT(ike_allow_weak),
		"Permits DES, MD5 and modp1024 in ike.proposals, for clients that know nothing better."},
	{"ike.dpd_interval",          &config_seconds,    "0",         0, 3600, AT(ike.dpd_s),
		"A client that is silent for so long is asked whether it still lives (RFC 3706), if it can answer that; 0: never. A client's own questions are always answered."},
	{"ike.dpd_failures",          &config_number,     "4",         1, 100,  AT(ike.dpd_max),
		"After so many questions in a row without an answer the client is dead."},
	{"ike.fragment_size",         &config_number,     "1280",      IKE_FRAGMENT_SIZE_MIN, 1500, AT(ike.fragment_size),
		"IKE messages that would make longer IP packets than this, in bytes, go in fragments to clients that announce FRAGMENTATION."},
	{"ike.nat_traversal",         &config_bool,       "true",      0, 0,    AT(ike.natt),
		"Serve clients behind NAT (RFC 3947, UDP port 4500)."},

	{"esp.proposals",             &config_esp_suites, "aes128-sha1, aes256-sha1, aes256-sha256, 3des-sha1", 1, IKE_MAX_SUITES, NOWHERE,
		"Suites of ESP as cipher-hash, or `aes128gcm16` and `aes256gcm16` for AES-GCM, the one we like best first. `aes256-sha256_96` and `aes128-sha256_96` are for Androids of old, which cut HMAC-SHA2-256 to 96 bits and do not say so: what stands first of the two kinds is what a client that offers SHA2-256 gets."},
	{"esp.lifetime",              &config_seconds,    "3600",     30, 86400, AT(ike.esp_life_s),
		"How long an ESP SA may live; a client that asks for less gets less."},
	{"esp.lifetime_kb",           &config_number,     "0",         0, UINT32_MAX, AT(ike.esp_life_kb),
		"How many kilobytes an ESP SA may carry; 0: no limit of our own, the client's counts."},
	{"esp.replay_window",         &config_power2,     "1024",     64, 4096, AT(replay_window),
		"How many packets may overtake one another before the late one counts as replayed."},
	{"esp.path_mtu",              &config_bool,       "false",     0, 0,    AT(path_mtu),
		"Learn how large packets may be on the way to each client: what is sealed has DF, routers tell what does not fit their links, and the MTU of the session follows for ten minutes. false leaves it to routers to send fragments, which firewalls may drop."},
	{"esp.pfs",                   &config_groups,     "",          0, 8,    NOWHERE,
		"Groups with which a client may ask for perfect forward secrecy; none: it is refused."},
	{"esp.allow_weak",            &config_bool,       "false",     0, 0,    AT(esp_allow_weak),
		"Permits DES and MD5 in esp.proposals and modp1024 in esp.pfs."},
	{"esp.copy_dscp_out",         &config_bool,       "false",     0, 0,    AT(copy_dscp_out),
		"Packets to clients have the DSCP of what is in them (RFC 2983), for routers on their way to see; false: 0."},
	{"esp.copy_dscp_in",          &config_bool,       "false",     0, 0,    AT(copy_dscp_in),
		"What comes out of a client's packet gets the DSCP that the packet had when it arrived (RFC 2983), for networks that mark on the WAN; false: it keeps its own."},

	{"l2tp.hello",                &config_seconds,    "60",        0, 3600, AT(l2tp.hello_s),
		"A tunnel that is silent for so long is asked whether it still lives; 0: never."},
	{"l2tp.receive_window",       &config_number,     "8",         1, 64,   AT(l2tp.receive_window),
		"Control messages that a client may send before it must wait for our acknowledgement."},
	{"l2tp.host_name",            &config_name,       "kanmon",    0, 0,    AT(l2tp.host_name),
		"What we call ourselves in L2TP."},

	{"ppp.mtu",                   &config_number,     "1400",    576, 1500, AT(ppp.mtu),
		"The largest IP packet to a client. It must fit into wan.mtu with all its headers."},
	{"ppp.mru",                   &config_number,     "1400",    576, 1500, AT(ppp.mru),
		"The largest IP packet that clients are asked to send."},
	{"ppp.mss_clamp",             &config_mss,        "true",    536, 1460, AT(mss_clamp),
		"The maximum segment size that TCP connections through a session may agree on, in each direction: true for what fits its MTU, or a number if that is less; false leaves it to the hosts."},
	{"ppp.dns",                   &config_dns,        "",          0, 2,    NOWHERE,
		"DNS servers that clients are told; none: a client that asks is told that there are none."},
	{"ppp.domain",                &config_name,       "",          0, 0,    AT(domain),
		"The DNS suffix that clients are told which ask for it by DHCPINFORM, as Windows does."},
	{"ppp.routes",                &config_routes,     "",          0, DHCP_INFORM_ROUTES_MAX, NOWHERE,
		"Networks behind the gateway, told in the same answer (options 121 and 249): what a client that keeps its own default route sends into the tunnel."},
	{"ppp.echo_interval",         &config_seconds,    "30",        0, 3600, AT(ppp.echo_s),
		"A link that is silent for so long is asked whether it still lives; 0: never."},
	{"ppp.echo_failures",         &config_number,     "4",         1, 100,  AT(ppp.echo_max),
		"After so many questions in a row without an answer the link is dead."},
	{"ppp.auth_tries",            &config_number,     "3",         1, 10,   AT(ppp.auth_tries),
		"Wrong passwords before the link ends."},
	{"ppp.name",                  &config_name,       "kanmon",    0, 0,    AT(ppp.name),
		"What we call ourselves in MS-CHAPv2."},

	{"pools",                     &config_pools,      "",          0, CONFIG_MAX_POOLS, NOWHERE,
		"Addresses of the LAN for clients: ranges as `192.168.0.1-192.168.0.31`, or single ones. Required if a user has no address of his own."},

	{"segments",                  &config_segments,   "",          0, DP_SEGMENTS_MAX - 1, NOWHERE,
		"Further networks of the LAN port, each on a VLAN of its own, which users can join. Pools lie in any of them; the network of lan.address is the segment `lan`."},
	{"segments[].name",           &config_segment_name, NULL,      0, 0,    AT_SEGMENT(name),
		"What users[].segment calls it."},
	{"segments[].vlan",           &config_number,     NULL,        0, DP_VLAN_MAX, AT_SEGMENT(net.vlan),
		"Its VLAN (802.1Q); 0: untagged frames, if lan.vlan is another."},
	{"segments[].address",        &config_prefix,     NULL,       16, 30,   AT_SEGMENT(net.address),
		"Our address there, with the length of the network's prefix. It is also our address in PPP for its users."},
	{"segments[].gateway",        &config_address,    "",          0, 0,    AT_SEGMENT(net.gateway),
		"As lan.gateway, for users of the segment."},

	{"users",                     &config_users,      NULL,        1, UINT32_MAX, NOWHERE,
		"Who may connect. With kanmond --bench-sessions, which is for benchmarks, there must be none."},
	{"users[].name",              &config_user_name,  NULL,        0, 0,    AT_USER(name),
		"As the client sends it, without a domain."},
	{"users[].password",          &config_password,   NULL,        0, 0,    AT_USER(password),
		"At most 256 bytes of UTF-8."},
	{"users[].address",           &config_address,    "",          0, 0,    AT_USER(address),
		"An address of the LAN that is his alone, from a pool or not."},
	{"users[].segment",           &config_segment_name, "",        0, 0,    AT_USER(segment.name),
		"The segment that he joins: a name of segments, or lan. Without it, that of his address, else lan."},
	{"users[].disabled",          &config_bool,       "false",     0, 0,    AT_USER(disabled),
		"He may not connect, and is told so after the right password."},
	{"users[].groups",            &config_group_names, "",         0, CONFIG_GROUPS_MAX, AT_USER(groups),
		"The groups that he is in."},
	{"users[].rate_up",           &config_rate,       "",          0, 0,    AT_USER(rate_up),
		"The most that a session of his may send, in place of what his groups or shaping.up say."},
	{"users[].rate_down",         &config_rate,       "",          0, 0,    AT_USER(rate_down),
		"The most that a session of his may receive, in place of what his groups or shaping.down say."},

	{"groups",                    &config_group_list, "",          0, CONFIG_GROUPS_MAX, NOWHERE,
		"Groups of users, for the rules of the filter and for rates."},
	{"groups[].name",             &config_name,       NULL,        0, 0,    AT_GROUP(name),
		"What users[].groups and filter.rules[].groups call it."},
	{"groups[].rate_up",          &config_rate,       "",          0, 0,    AT_GROUP(rate_up),
		"The most that a session of its users may send; who is in several groups has the highest of them."},
	{"groups[].rate_down",        &config_rate,       "",          0, 0,    AT_GROUP(rate_down),
		"The most that a session of its users may receive."},

	{"shaping.up",                &config_rate,       "unlimited", 0, 0,    AT(shaping_up),
		"The most that a session may send into the tunnel, where neither user nor group says otherwise. IP packets are counted, without what the tunnel adds."},
	{"shaping.down",              &config_rate,       "unlimited", 0, 0,    AT(shaping_down),
		"The most that a session may receive."},
	{"shaping.burst_ms",          &config_number,     "100",      10, 10000, AT(shaping_burst_ms),
		"How many milliseconds' worth of its rate a session that was at rest may have at once."},

	{"filter.default_client",     &config_action,     "accept",    0, 0,    AT(filter.fallback[DP_ZONE_CLIENT]),
		"What becomes of new flows from clients that no rule matches."},
	{"filter.default_lan",        &config_action,     "accept",    0, 0,    AT(filter.fallback[DP_ZONE_LAN]),
		"The same for flows from the LAN."},
	{"filter.default_wan",        &config_action,     "drop",      0, 0,    AT(filter.fallback[DP_ZONE_WAN]),
		"The same for flows from the WAN to clients and the LAN, if wan.forward. IKE, ESP and ICMP echo to the gateway need no rule, nor do port forwards."},
	{"filter.flows",              &config_number,     "131072", 1024, 16777216, AT(filter_flows),
		"Flows that the filter of each worker holds at most; 36 to 40 bytes each."},
	{"filter.tcp_timeout",        &config_seconds,    "7440",     60, 604800, AT(filter.tcp_timeout_s),
		"How long a TCP connection without packets is remembered (RFC 5382, 5: no less than 2 hours 4 minutes)."},
	{"filter.udp_timeout",        &config_seconds,    "300",      10, 86400, AT(filter.udp_timeout_s),
		"The same for UDP and all other protocols, once an answer has come; before that at most 30 seconds."},
	{"filter.rules",              &config_rules,      "",          0, DP_FILTER_RULES_MAX, NOWHERE,
		"What may pass: a new flow is dealt with as the first rule says that matches. A rule matches if each of its conditions does; one that is not given always does (docs/filter.md)."},
	{"filter.rules[].name",       &config_name,       NULL,        0, 0,    AT_RULE(name),
		"What kanmonctl show filter calls it."},
	{"filter.rules[].action",     &config_action,     NULL,        0, 0,    AT_RULE(action),
		"accept, with all packets of the flow both ways; drop, without a word; reject: the sender is told, by a TCP reset or ICMP."},
	{"filter.rules[].from",       &config_zones,      "",          0, 3,    AT_RULE(from),
		"Zones that the flow comes from: client, lan, wan."},
	{"filter.rules[].to",         &config_zones,      "",          0, 4,    AT_RULE(to),
		"Zones that it goes to: client, lan, wan, or local, which is the gateway itself."},
	{"filter.rules[].from_networks", &config_networks, "",         0, CONFIG_RULE_ITEMS_MAX, AT_RULE(from_networks),
		"Networks or addresses that it comes from."},
	{"filter.rules[].to_networks", &config_networks,  "",          0, CONFIG_RULE_ITEMS_MAX, AT_RULE(to_networks),
		"Networks or addresses that it goes to."},
	{"filter.rules[].users",      &config_user_names, "",          0, CONFIG_RULE_ITEMS_MAX, AT_RULE(users),
		"Users, or those of groups: of the client that begins the flow; if it comes from elsewhere, of the client that it is for."},
	{"filter.rules[].groups",     &config_group_names, "",         0, CONFIG_GROUPS_MAX, AT_RULE(groups),
		"Groups of users; either a user or a group is to match."},
	{"filter.rules[].protocol",   &config_protocol,   "",          0, 0,    AT_RULE(protocol),
		"tcp, udp, icmp, gre, esp, ah, sctp, igmp, ipip, or a number."},
	{"filter.rules[].ports",      &config_ports,      "",          0, CONFIG_RULE_ITEMS_MAX, AT_RULE(ports),
		"Destination ports, or ranges as 8000-8099, of tcp, udp or sctp."},
	{"filter.rules[].source_ports", &config_ports,    "",          0, CONFIG_RULE_ITEMS_MAX, AT_RULE(source_ports),
		"The same for source ports."},
	{"filter.rules[].icmp_type",  &config_icmp_type,  "",          0, 0,    AT_RULE(icmp_type),
		"echo, echo-reply, unreachable, redirect, time-exceeded, timestamp, or a number, of icmp."},

	{"nat.source",                &config_nat_sources, "",         0, NAT_RULES_MAX, NOWHERE,
		"Who goes out by the WAN under which address: the first rule whose networks hold the source. What none is for goes as it is."},
	{"nat.source[].name",         &config_name,       "",          0, 0,    AT_SOURCE(name),
		"What kanmonctl show nat rules calls it."},
	{"nat.source[].from",         &config_nat_networks, NULL,      1, NAT_NETWORKS_MAX, AT_SOURCE(from),
		"Networks of the LAN side, clients' addresses among them."},
	{"nat.source[].to",           &config_nat_addresses, "",       0, 0,    AT_SOURCE(to),
		"The address, or a range as `10.0.0.16-10.0.0.31`, that stands for them on the WAN; none: wan.address. Each has 64,512 ports. ARP is answered for those of the WAN's network; others must be routed here."},
	{"nat.destination",           &config_nat_destinations, "",    0, NAT_RULES_MAX, NOWHERE,
		"Ports of wan.address that lead to hosts of the LAN, also for the LAN and clients: the first rule that fits."},
	{"nat.destination[].name",    &config_name,       "",          0, 0,    AT_DEST(name),
		"What kanmonctl show nat rules calls it."},
	{"nat.destination[].protocol", &config_nat_protocol, "tcp",    0, 0,    AT_DEST(protocols),
		"tcp, udp or both."},
	{"nat.destination[].port",    &config_nat_ports,  NULL,        0, 0,    AT_DEST(first),
		"The port on the WAN, or a range as `8000-8010`."},
	{"nat.destination[].to",      &config_nat_target, NULL,        0, 0,    AT_DEST(host),
		"The host, and its port if that is another: `192.168.0.100` or `192.168.0.100:80`. A range leads to as many ports from there on."},
	{"nat.destination[].from",    &config_nat_networks, "",        0, NAT_NETWORKS_MAX, AT_DEST(from),
		"Networks that may use it; none: everyone."},
	{"nat.mapping",               &config_nat_behaviour, "endpoint-independent", 0, 0, AT(nat.mapping),
		"Whether one port outside stands for a port inside whoever it talks to (endpoint-independent), or another for each remote address (address-dependent) or remote port (address-and-port-dependent); RFC 4787, 4.1."},
	{"nat.filtering",             &config_nat_behaviour, "endpoint-independent", 0, 0, AT(nat.filtering),
		"Who may send to a port that is in use: everyone, remote addresses that were sent to, or remote ports that were sent to; RFC 4787, 5."},
	{"nat.max_sessions",          &config_number,     "1000000",  16, 64 * 1048575, AT(nat.max_sessions),
		"Sessions of all workers, each at most 1048575 and its part of them; beyond that the one that is idle for longest ends. 96 bytes each, once used."},
	{"nat.max_sessions_per_host", &config_number,     "0",         0, 1048575, AT(nat.max_per_host),
		"Sessions of one address inside; 0: no limit."},
	{"nat.timeouts.udp",          &config_seconds,    "300",       1, 86400, AT(nat.timeout[NAT_QUEUE_UDP]),
		"How long a UDP session may be idle (RFC 4787: 120 at least)."},
	{"nat.timeouts.tcp_established", &config_seconds, "7440",      1, 604800, AT(nat.timeout[NAT_QUEUE_TCP]),
		"The same of an established TCP connection (RFC 5382: 7440 at least)."},
	{"nat.timeouts.tcp_transitory", &config_seconds,  "240",       1, 86400, AT(nat.timeout[NAT_QUEUE_TCP_TRANSITORY]),
		"The same of one that opens or closes, and of what began outside and has no answer (RFC 5382: 240 at least)."},
	{"nat.timeouts.icmp",         &config_seconds,    "60",        1, 86400, AT(nat.timeout[NAT_QUEUE_ICMP]),
		"The same of ICMP queries (RFC 5508: 60 at least)."},

	{"limits.half_open",          &config_number,     "1000",      1, CONFIG_HALF_OPEN_MAX, AT(limit_half_open),
		"ISAKMP SAs that have not authenticated yet; beyond that the oldest of them makes room."},
	{"limits.half_open_per_source", &config_number,   "128",       1, CONFIG_HALF_OPEN_MAX, AT(limit_half_open_per_source),
		"The same for one source address: the clients behind one NAT that connect at one time."},
	{"limits.sessions",           &config_number,     "10000",     1, CONFIG_SESSIONS_MAX, AT(limit_sessions),
		"Sessions of all clients."},
	{"limits.sessions_per_user",  &config_number,     "0",         0, CONFIG_SESSIONS_MAX, AT(limit_sessions_per_user),
		"Sessions of one user; 0: no limit."},
	{"limits.takeover",           &config_takeover,   "silent",    0, 0,    AT(takeover),
		"Which session makes room for one more of a user who has as many as he may have: silent, those whose clients do not answer within three seconds, else the new one is refused; oldest, the oldest, at once and whether its client lives or not; none, the new one is refused."},
};
/* clang-format on */

const size_t config_n_keys = sizeof(config_keys) / sizeof(config_keys[0]);
_Static_assert(sizeof(config_keys) / sizeof(config_keys[0]) <= CONFIG_KEYS_MAX, "room for lines");

int
config_find_key(const char *path)
{
	for (size_t i = 0; i < config_n_keys; i++) {
		const char *wild = strchr(config_keys[i].path, '<');
		size_t n = wild ? (size_t)(wild - config_keys[i].path) : 0;

		if (wild ? strncmp(config_keys[i].path, path, n) == 0 && path[n] != '\0' &&
					strchr(path + n, '.') == NULL
			 : strcmp(config_keys[i].path, path) == 0)
			return (int)i;
	}
	return -1;
}

int
config_find_section(const char *path)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < config_n_keys; i++)
		if (strncmp(config_keys[i].path, path, n) == 0 && config_keys[i].path[n] == '.')
			return (int)i;
	return -1;
}

static void
print_row(FILE *out, const struct config_key *k)
{
	fprintf(out, "| `%s` | %s", k->path, k->type->name);
	if (k->type->ranged)
		fprintf(out, ", %u to %u", k->min, k->max);
	else if (k->type->list && k->max < UINT32_MAX)
		fprintf(out, ", %u to %u of them", k->min, k->max);
	else if (k->type == &config_prefix || k->type == &config_wan_address)
		fprintf(out, ", /%u to /%u", k->min, k->max);
	if (k->def == NULL)
		fputs(" | *required*", out);
	else if (k->def[0] == '\0')
		fputs(" | none", out);
	else if (k->type->list)
		fprintf(out, " | `[%s]`", k->def);
	else
		fprintf(out, " | `%s`", k->def);
	fprintf(out, " | %s |\n", k->help);
}

void
config_print_keys(FILE *out)
{
	const char *section = "";
	size_t len = 0;

	for (size_t i = 0; i < config_n_keys; i++) {
		const char *path = config_keys[i].path;

		if (strncmp(path, section, len) != 0 || len != strcspn(path, ".[")) {
			section = path;
			len = strcspn(path, ".[");
			fprintf(out, "%s## %.*s\n\n", i ? "\n" : "", (int)len, section);
			fputs("| key | takes | default | meaning |\n|---|---|---|---|\n", out);
		}
		print_row(out, &config_keys[i]);
	}
}
