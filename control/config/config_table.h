/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every key of the configuration: one row. Included with KEY defined, once for the names of the
 * keys (config_impl.h) and once for the table (config_keys.c); therefore without an include guard.
 *
 * KEY(name, path, kind, default, min, max, field, help): the kind is a struct config_type without
 * its "config_"; struct config_key describes the other columns.
 */
/* clang-format off */
KEY(LOG_LEVEL, "log.level", level, "info", 0, 0, AT(log_level),
	"The least important level that is logged: error (the operator must act), warning "
	"(something was refused), notice (sessions up and down, start, stop), info (every step, "
	"enough to understand a failed connection) or debug.")
KEY(LOG_MODULES, "log.modules.<module>", level, "", 0, 0, AT(log_module_level),
	"The log level of one module: main, config, conn, ike, l2tp, ppp, net, dp or cli.")
KEY(CONTROL_SOCKET, "control.socket", socket, PATHS_CONTROL_SOCKET, 0, 0, AT(control_socket),
	"The UNIX socket on which kanmond serves kanmonctl. Its folder is created with mode 0700 "
	"if it does not exist.")

KEY(EAL_CONTROL_CORE, "eal.control_core", number, "0", 0, 1023, AT(control_core),
	"The core that runs the protocols.")
KEY(EAL_HUGEPAGES, "eal.hugepages", bool, "true", 0, 0, AT(hugepages),
	"Allocate memory from huge pages, which must be reserved beforehand. false is for trials.")
KEY(EAL_MEMORY_MB, "eal.memory_mb", number, "0", 0, 1048576, AT(memory_mb),
	"Megabytes of memory to reserve at start; 0: as needed.")
KEY(EAL_FILE_PREFIX, "eal.file_prefix", name, "kanmon", 0, 0, AT(file_prefix),
	"Distinguishes the DPDK processes of one machine.")
KEY(EAL_OPTIONS, "eal.options", options, "", 0, CONFIG_MAX_EAL_OPTIONS, NOWHERE,
	"Further arguments for DPDK's EAL, passed on unchanged. Arguments that a key of this file "
	"sets are refused.")

KEY(WORKERS_CORES, "workers.cores", cores, "1", 1, DP_MAX_WORKERS, NOWHERE,
	"The cores that carry packets, one worker per core. A core may be listed once and must "
	"not be eal.control_core, unless workers.idle_sleep_us lets workers share it.")
KEY(WORKERS_IDLE_SLEEP_US, "workers.idle_sleep_us", number, "0", 0, 1000, AT(idle_sleep_us),
	"Microseconds that an idle worker sleeps; 0: it polls all the time, which is fastest and "
	"uses the whole core.")

KEY(WAN_DEVICE, "wan.device", device, NULL, 0, 0, AT(wan.device),
	"The port that faces the clients: the PCI address of a NIC bound to vfio-pci "
	"(`0000:03:00.0`), or a virtual device of DPDK (`net_af_packet0,iface=eth0`).")
KEY(WAN_ADDRESS, "wan.address", wan_address, NULL, 16, 30, AT(wan.address),
	"The gateway's address on this port with its prefix length; `dhcp`: a DHCP server assigns "
	"address, routers and routes.")
KEY(WAN_GATEWAY, "wan.gateway", address, "", 0, 0, AT(wan.gateway),
	"The router for all networks that neither lan.gateway nor routes cover.")
KEY(WAN_VLAN, "wan.vlan", number, "0", 0, DP_VLAN_MAX, AT(wan.vlan),
	"The VLAN (802.1Q) to use on this port; 0: untagged.")
KEY(WAN_FORWARD, "wan.forward", bool, "false", 0, 0, AT(wan.forward),
	"Route packets that arrive on this port to the LAN, clients and networks behind LAN "
	"routers, as far as the filter allows. false: only the gateway itself and port forwards "
	"(nat.destination) can be reached from there.")
KEY(WAN_SOURCE_CHECK, "wan.source_check", source_check, "strict", 0, 0, AT(wan.source_check),
	"Which source addresses are forwarded from this port (RFC 3704): strict, those that are "
	"routed back through it; loose, those that have any route; off, all.")
KEY(WAN_MTU, "wan.mtu", number, "1500", 1280, 9000, AT(wan.mtu),
	"The largest IP packet on this port, in bytes.")
KEY(WAN_QUEUES, "wan.queues", number, "0", 0, DP_MAX_WORKERS, AT(wan.queues),
	"Receive and transmit queues of the port; 0: one per worker.")
KEY(WAN_DESCRIPTORS, "wan.descriptors", power2, "1024", 64, 4096, AT(wan.descriptors),
	"Packets that each queue can hold.")

KEY(LAN_DEVICE, "lan.device", device, NULL, 0, 0, AT(lan.device),
	"The port that faces the network that clients join.")
KEY(LAN_ADDRESS, "lan.address", prefix, NULL, 16, 30, AT(lan.address),
	"The gateway's address on this port with its prefix length. It is also the gateway's "
	"address in PPP.")
KEY(LAN_GATEWAY, "lan.gateway", address, "", 0, 0, AT(lan.gateway),
	"The router for all networks that routes does not cover, for the LAN and for clients. It "
	"takes precedence over wan.gateway (see also ppp.routes).")
KEY(LAN_VLAN, "lan.vlan", number, "0", 0, DP_VLAN_MAX, AT(lan.vlan),
	"The VLAN (802.1Q) of this network on the port; 0: untagged. For further VLANs see "
	"segments.")
KEY(LAN_SOURCE_CHECK, "lan.source_check", source_check, "strict", 0, 0, AT(lan.source_check),
	"Which source addresses outside the LAN's own network are accepted from this port, as "
	"wan.source_check. strict accepts those of networks behind LAN routers that routes name, "
	"and all others if lan.gateway is set.")
KEY(LAN_BROADCAST, "lan.broadcast", bool, "false", 0, 0, AT(lan.relay),
	"Relay UDP broadcasts between the LAN and clients and between clients, for example for "
	"Windows network browsing. DHCP is never relayed, and the rate is limited.")
KEY(LAN_MTU, "lan.mtu", number, "1500", 1280, 9000, AT(lan.mtu),
	"The largest IP packet on this port, in bytes.")
KEY(LAN_QUEUES, "lan.queues", number, "0", 0, DP_MAX_WORKERS, AT(lan.queues),
	"Receive and transmit queues of the port; 0: one per worker.")
KEY(LAN_DESCRIPTORS, "lan.descriptors", power2, "1024", 64, 4096, AT(lan.descriptors),
	"Packets that each queue can hold.")

KEY(ROUTES, "routes", static_routes, "", 0, CONFIG_MAX_ROUTES, NOWHERE,
	"Static routes; the longest matching prefix wins. `10.1.0.0/16 via 192.168.0.1` routes to "
	"a router in the network of either port, `10.1.0.0/16 blackhole` drops, `10.1.0.0/16 "
	"unreachable` drops and tells the sender.")

KEY(IKE_PSK, "ike.psk", psk, NULL, 0, 0, AT(ike.psk),
	"The pre-shared key of all clients.")
KEY(IKE_PROPOSALS, "ike.proposals", ike_suites,
	"aes256-sha1-modp2048, aes256-sha1-ecp384, aes128-sha1-ecp256, 3des-sha1-modp2048",
	1, IKE_MAX_SUITES, NOWHERE,
	"Main mode suites as cipher-hash-group, in order of preference: the first that the client "
	"offers is used.")
KEY(IKE_LIFETIME, "ike.lifetime", seconds, "28800", 60, 604800, AT(ike.life_s),
	"The longest lifetime of an ISAKMP SA; a client that asks for less gets less.")
KEY(IKE_ALLOW_WEAK, "ike.allow_weak", bool, "false", 0, 0, AT(ike_allow_weak),
	"Allow DES, MD5 and modp1024 in ike.proposals, for clients that support nothing better.")
KEY(IKE_DPD_INTERVAL, "ike.dpd_interval", seconds, "0", 0, 3600, AT(ike.dpd_s),
	"Idle time after which a client that supports dead peer detection (RFC 3706) is asked "
	"whether it is alive; 0: never. Requests of clients are always answered.")
KEY(IKE_DPD_FAILURES, "ike.dpd_failures", number, "4", 1, 100, AT(ike.dpd_max),
	"Consecutive unanswered requests after which the client is considered dead.")
KEY(IKE_FRAGMENT_SIZE, "ike.fragment_size", number, "1280",
	IKE_FRAGMENT_SIZE_MIN, 1500, AT(ike.fragment_size),
	"IKE messages that would need longer IP packets than this, in bytes, are sent in IKE "
	"fragments to clients that announced the FRAGMENTATION vendor ID.")
KEY(IKE_NAT_TRAVERSAL, "ike.nat_traversal", bool, "true", 0, 0, AT(ike.natt),
	"Serve clients behind NAT (RFC 3947, UDP port 4500).")

KEY(ESP_PROPOSALS, "esp.proposals", esp_suites,
	"aes128-sha1, aes256-sha1, aes256-sha256, 3des-sha1", 1, IKE_MAX_SUITES, NOWHERE,
	"ESP suites as cipher-hash, or `aes128gcm16` and `aes256gcm16` for AES-GCM, in order of "
	"preference. `aes256-sha256_96` and `aes128-sha256_96` are for old Android versions, "
	"which truncate HMAC-SHA2-256 to 96 bits without saying so: a client that offers SHA2-256 "
	"gets whichever of the two kinds is listed first.")
KEY(ESP_LIFETIME, "esp.lifetime", seconds, "3600", 30, 86400, AT(ike.esp_life_s),
	"The longest lifetime of an ESP SA; a client that asks for less gets less.")
KEY(ESP_LIFETIME_KB, "esp.lifetime_kb", number, "0", 0, UINT32_MAX, AT(ike.esp_life_kb),
	"Kilobytes that an ESP SA may carry; 0: no limit but the client's.")
KEY(ESP_REPLAY_WINDOW, "esp.replay_window", power2, "1024", 64, 4096, AT(replay_window),
	"Packets by which one may arrive late before it counts as replayed.")
KEY(ESP_PATH_MTU, "esp.path_mtu", bool, "false", 0, 0, AT(path_mtu),
	"Discover the path MTU to each client: ESP packets have DF set, and when a router reports "
	"a smaller MTU the session's MTU follows for ten minutes. false: routers may fragment ESP "
	"packets, and some firewalls drop the fragments.")
KEY(ESP_PFS, "esp.pfs", groups, "", 0, 8, NOWHERE,
	"Groups that a client may request for perfect forward secrecy; none: such requests are "
	"refused.")
KEY(ESP_ALLOW_WEAK, "esp.allow_weak", bool, "false", 0, 0, AT(esp_allow_weak),
	"Allow DES and MD5 in esp.proposals and modp1024 in esp.pfs.")
KEY(ESP_COPY_DSCP_OUT, "esp.copy_dscp_out", bool, "false", 0, 0, AT(copy_dscp_out),
	"Copy the DSCP of a packet to the ESP packet that carries it to the client (RFC 2983), "
	"for routers on the path; false: 0.")
KEY(ESP_COPY_DSCP_IN, "esp.copy_dscp_in", bool, "false", 0, 0, AT(copy_dscp_in),
	"Copy the DSCP of an ESP packet from a client to the packet inside (RFC 2983), for "
	"networks that mark on the WAN; false: the packet keeps its own.")

KEY(L2TP_HELLO, "l2tp.hello", seconds, "60", 0, 3600, AT(l2tp.hello_s),
	"Idle time after which a tunnel is probed with HELLO; 0: never.")
KEY(L2TP_RECEIVE_WINDOW, "l2tp.receive_window", number, "8", 1, 64, AT(l2tp.receive_window),
	"Control messages that a client may send before it must wait for an acknowledgement.")
KEY(L2TP_HOST_NAME, "l2tp.host_name", name, "kanmon", 0, 0, AT(l2tp.host_name),
	"The gateway's Host Name in L2TP.")

KEY(PPP_MTU, "ppp.mtu", number, "1400", 576, 1500, AT(ppp.mtu),
	"The largest IP packet to a client. It must fit into wan.mtu with all tunnel headers.")
KEY(PPP_MRU, "ppp.mru", number, "1400", 576, 1500, AT(ppp.mru),
	"The largest IP packet that clients are asked to send.")
KEY(PPP_MSS_CLAMP, "ppp.mss_clamp", mss, "true", 536, 1460, AT(mss_clamp),
	"The largest TCP maximum segment size (MSS) that connections through a session may "
	"negotiate, in each direction: true for what fits the session's MTU, or a number to lower "
	"it further; false leaves it unchanged.")
KEY(PPP_DNS, "ppp.dns", dns, "", 0, 2, NOWHERE,
	"DNS servers to announce to clients; none: a client that asks is told that there are none.")
KEY(PPP_DOMAIN, "ppp.domain", name, "", 0, 0, AT(domain),
	"The DNS suffix announced to clients that ask by DHCPINFORM, as Windows does.")
KEY(PPP_ROUTES, "ppp.routes", routes, "", 0, DHCP_INFORM_ROUTES_MAX, NOWHERE,
	"Networks behind the gateway, announced in the same answer (options 121 and 249): what a "
	"client that keeps its own default route sends into the tunnel.")
KEY(PPP_ECHO_INTERVAL, "ppp.echo_interval", seconds, "30", 0, 3600, AT(ppp.echo_s),
	"Idle time after which a link is probed with LCP Echo-Request; 0: never.")
KEY(PPP_ECHO_FAILURES, "ppp.echo_failures", number, "4", 1, 100, AT(ppp.echo_max),
	"Consecutive unanswered probes after which the link is considered dead.")
KEY(PPP_AUTH_TRIES, "ppp.auth_tries", number, "3", 1, 10, AT(ppp.auth_tries),
	"Wrong passwords after which the link ends.")
KEY(PPP_NAME, "ppp.name", name, "kanmon", 0, 0, AT(ppp.name),
	"The gateway's name in MS-CHAPv2.")

KEY(POOLS, "pools", pools, "", 0, CONFIG_MAX_POOLS, NOWHERE,
	"Addresses of the LAN for clients: ranges such as `192.168.0.1-192.168.0.31`, or single "
	"addresses. Required if a user has no address of its own.")

KEY(SEGMENTS, "segments", segments, "", 0, DP_SEGMENTS_MAX - 1, NOWHERE,
	"Further networks on the LAN port, each on its own VLAN, which users can join. Pools may "
	"lie in any of them; the network of lan.address is the segment `lan`.")
KEY(SEGMENTS_NAME, "segments[].name", segment_name, NULL, 0, 0, AT_SEGMENT(name),
	"The name for users[].segment.")
KEY(SEGMENTS_VLAN, "segments[].vlan", number, NULL, 0, DP_VLAN_MAX, AT_SEGMENT(net.vlan),
	"The segment's VLAN (802.1Q); 0: untagged, if lan.vlan is not.")
KEY(SEGMENTS_ADDRESS, "segments[].address", prefix, NULL, 16, 30, AT_SEGMENT(net.address),
	"The gateway's address in the segment with its prefix length. It is also the gateway's "
	"address in PPP for the users of the segment.")
KEY(SEGMENTS_GATEWAY, "segments[].gateway", address, "", 0, 0, AT_SEGMENT(net.gateway),
	"As lan.gateway, for the users of the segment.")

KEY(USERS, "users", users, NULL, 1, UINT32_MAX, NOWHERE,
	"Who may connect. Must be empty with kanmond --bench-sessions, which is for benchmarks.")
KEY(USERS_NAME, "users[].name", user_name, NULL, 0, 0, AT_USER(name),
	"The name as the client sends it, without a domain.")
KEY(USERS_PASSWORD, "users[].password", password, NULL, 0, 0, AT_USER(password),
	"At most 256 bytes of UTF-8.")
KEY(USERS_ADDRESS, "users[].address", address, "", 0, 0, AT_USER(address),
	"An address of the LAN that is reserved for the user, inside a pool or not.")
KEY(USERS_SEGMENT, "users[].segment", segment_name, "", 0, 0, AT_USER(segment.name),
	"The segment that the user joins: a name from segments, or lan. Default: the segment of "
	"users[].address, or lan.")
KEY(USERS_DISABLED, "users[].disabled", bool, "false", 0, 0, AT_USER(disabled),
	"The user may not connect, and is told so after entering the right password.")
KEY(USERS_GROUPS, "users[].groups", group_names, "", 0, CONFIG_GROUPS_MAX, AT_USER(groups),
	"The groups that the user belongs to.")
KEY(USERS_RATE_UP, "users[].rate_up", rate, "", 0, 0, AT_USER(rate_up),
	"The highest rate at which a session of the user may send; overrides the user's groups "
	"and shaping.up.")
KEY(USERS_RATE_DOWN, "users[].rate_down", rate, "", 0, 0, AT_USER(rate_down),
	"The highest rate at which a session of the user may receive; overrides the user's groups "
	"and shaping.down.")

KEY(GROUPS, "groups", group_list, "", 0, CONFIG_GROUPS_MAX, NOWHERE,
	"Groups of users, for filter rules and rates.")
KEY(GROUPS_NAME, "groups[].name", name, NULL, 0, 0, AT_GROUP(name),
	"The name for users[].groups and filter.rules[].groups.")
KEY(GROUPS_RATE_UP, "groups[].rate_up", rate, "", 0, 0, AT_GROUP(rate_up),
	"The highest rate at which a session of the group's users may send. The highest rate "
	"applies to a user in several groups.")
KEY(GROUPS_RATE_DOWN, "groups[].rate_down", rate, "", 0, 0, AT_GROUP(rate_down),
	"The highest rate at which a session of the group's users may receive.")

KEY(SHAPING_UP, "shaping.up", rate, "unlimited", 0, 0, AT(shaping_up),
	"The highest rate at which a session may send, unless its user or group has one. IP "
	"packets count, without the tunnel headers.")
KEY(SHAPING_DOWN, "shaping.down", rate, "unlimited", 0, 0, AT(shaping_down),
	"The highest rate at which a session may receive.")
KEY(SHAPING_BURST_MS, "shaping.burst_ms", number, "100", 10, 10000, AT(shaping_burst_ms),
	"The burst that an idle session may send or receive at once, in milliseconds of its rate.")

KEY(FILTER_DEFAULT_CLIENT, "filter.default_client", action, "accept",
	0, 0, AT(filter.fallback[DP_ZONE_CLIENT]),
	"What happens to new flows from clients that match no rule.")
KEY(FILTER_DEFAULT_LAN, "filter.default_lan", action, "accept",
	0, 0, AT(filter.fallback[DP_ZONE_LAN]),
	"What happens to new flows from the LAN that match no rule.")
KEY(FILTER_DEFAULT_WAN, "filter.default_wan", action, "drop",
	0, 0, AT(filter.fallback[DP_ZONE_WAN]),
	"What happens to new flows from the WAN to clients and the LAN that match no rule, with "
	"wan.forward. IKE, ESP and ICMP echo to the gateway need no rule, and neither do port "
	"forwards.")
KEY(FILTER_FLOWS, "filter.flows", number, "131072", 1024, 16777216, AT(filter_flows),
	"Flows that the filter of each worker tracks at most, at 36 to 40 bytes each.")
KEY(FILTER_TCP_TIMEOUT, "filter.tcp_timeout", seconds, "7440", 60, 604800, AT(filter.tcp_timeout_s),
	"Idle time after which a TCP connection is forgotten (RFC 5382, 5: at least 2 hours 4 "
	"minutes).")
KEY(FILTER_UDP_TIMEOUT, "filter.udp_timeout", seconds, "300", 10, 86400, AT(filter.udp_timeout_s),
	"Idle time after which a flow of UDP or any other protocol is forgotten once it has been "
	"answered; until then at most 30 seconds.")
KEY(FILTER_RULES, "filter.rules", rules, "", 0, DP_FILTER_RULES_MAX, NOWHERE,
	"Decides on each new flow: the first matching rule applies. A rule matches if all of its "
	"conditions do; a condition that is not set always matches (docs/filter.md).")
KEY(FILTER_RULES_NAME, "filter.rules[].name", name, NULL, 0, 0, AT_RULE(name),
	"The rule's name in kanmonctl show filter.")
KEY(FILTER_RULES_ACTION, "filter.rules[].action", action, NULL, 0, 0, AT_RULE(action),
	"accept: all packets of the flow pass, both ways; drop: silently; reject: the sender is "
	"told by a TCP reset or ICMP.")
KEY(FILTER_RULES_FROM, "filter.rules[].from", zones, "", 0, 3, AT_RULE(from),
	"Zones that the flow comes from: client, lan, wan.")
KEY(FILTER_RULES_TO, "filter.rules[].to", zones, "", 0, 4, AT_RULE(to),
	"Zones that the flow goes to: client, lan, wan, or local, which is the gateway itself.")
KEY(FILTER_RULES_FROM_NETWORKS, "filter.rules[].from_networks", networks, "",
	0, CONFIG_RULE_ITEMS_MAX, AT_RULE(from_networks),
	"Source networks or addresses.")
KEY(FILTER_RULES_TO_NETWORKS, "filter.rules[].to_networks", networks, "",
	0, CONFIG_RULE_ITEMS_MAX, AT_RULE(to_networks),
	"Destination networks or addresses.")
KEY(FILTER_RULES_USERS, "filter.rules[].users", user_names, "",
	0, CONFIG_RULE_ITEMS_MAX, AT_RULE(users),
	"Users of the client that begins the flow or, if it begins elsewhere, of the client that "
	"it goes to. With groups, a user or a group must match.")
KEY(FILTER_RULES_GROUPS, "filter.rules[].groups", group_names, "",
	0, CONFIG_GROUPS_MAX, AT_RULE(groups),
	"The same for groups of users.")
KEY(FILTER_RULES_PROTOCOL, "filter.rules[].protocol", protocol, "", 0, 0, AT_RULE(protocol),
	"tcp, udp, icmp, gre, esp, ah, sctp, igmp, ipip, or a number.")
KEY(FILTER_RULES_PORTS, "filter.rules[].ports", ports, "", 0, CONFIG_RULE_ITEMS_MAX, AT_RULE(ports),
	"Destination ports, or ranges such as 8000-8099, of tcp, udp or sctp.")
KEY(FILTER_RULES_SOURCE_PORTS, "filter.rules[].source_ports", ports, "",
	0, CONFIG_RULE_ITEMS_MAX, AT_RULE(source_ports),
	"The same for source ports.")
KEY(FILTER_RULES_ICMP_TYPE, "filter.rules[].icmp_type", icmp_type, "", 0, 0, AT_RULE(icmp_type),
	"echo, echo-reply, unreachable, redirect, time-exceeded, timestamp, or a number, of icmp.")

KEY(NAT_SOURCE, "nat.source", nat_sources, "", 0, NAT_RULES_MAX, NOWHERE,
	"Source NAT for packets that leave by the WAN: the first rule whose networks contain the "
	"source applies. Traffic that matches no rule is not translated.")
KEY(NAT_SOURCE_NAME, "nat.source[].name", name, "", 0, 0, AT_SOURCE(name),
	"The rule's name in kanmonctl show nat rules.")
KEY(NAT_SOURCE_FROM, "nat.source[].from", nat_networks, NULL, 1, NAT_NETWORKS_MAX, AT_SOURCE(from),
	"Networks on the LAN side, including addresses of clients.")
KEY(NAT_SOURCE_TO, "nat.source[].to", nat_addresses, "", 0, 0, AT_SOURCE(to),
	"The WAN address to translate to, or a range such as `10.0.0.16-10.0.0.31`; none: "
	"wan.address. Each address has 64,512 ports. The gateway answers ARP for addresses in the "
	"WAN's network; others must be routed to it.")
KEY(NAT_DESTINATION, "nat.destination", nat_destinations, "", 0, NAT_RULES_MAX, NOWHERE,
	"Port forwards from wan.address to hosts of the LAN, also for the LAN and clients: the "
	"first matching rule applies.")
KEY(NAT_DESTINATION_NAME, "nat.destination[].name", name, "", 0, 0, AT_DEST(name),
	"The rule's name in kanmonctl show nat rules.")
KEY(NAT_DESTINATION_PROTOCOL, "nat.destination[].protocol", nat_protocol, "tcp",
	0, 0, AT_DEST(protocols),
	"tcp, udp or both.")
KEY(NAT_DESTINATION_PORT, "nat.destination[].port", nat_ports, NULL, 0, 0, AT_DEST(first),
	"The port on the WAN, or a range such as `8000-8010`.")
KEY(NAT_DESTINATION_TO, "nat.destination[].to", nat_target, NULL, 0, 0, AT_DEST(host),
	"The host, and its port if that differs: `192.168.0.100` or `192.168.0.100:80`. A range "
	"maps to as many ports from that one on.")
KEY(NAT_DESTINATION_FROM, "nat.destination[].from", nat_networks, "",
	0, NAT_NETWORKS_MAX, AT_DEST(from),
	"Networks that may use the port forward; none: all.")
KEY(NAT_MAPPING, "nat.mapping", nat_behaviour, "endpoint-independent", 0, 0, AT(nat.mapping),
	"Whether a port inside maps to one port outside for all remote ends "
	"(endpoint-independent), or to one for each remote address (address-dependent) or each "
	"remote address and port (address-and-port-dependent); RFC 4787, 4.1.")
KEY(NAT_FILTERING, "nat.filtering", nat_behaviour, "endpoint-independent", 0, 0, AT(nat.filtering),
	"Who may send to a mapped port: any host (endpoint-independent), remote addresses that "
	"were sent to (address-dependent), or remote ports that were sent to "
	"(address-and-port-dependent); RFC 4787, 5.")
KEY(NAT_MAX_SESSIONS, "nat.max_sessions", number, "1000000", 16, 64 * 1048575, AT(nat.max_sessions),
	"Sessions of all workers together, divided evenly and at most 1048575 per worker; beyond "
	"that, the session that has been idle longest ends. 96 bytes each, once used.")
KEY(NAT_MAX_SESSIONS_PER_HOST, "nat.max_sessions_per_host", number, "0",
	0, 1048575, AT(nat.max_per_host),
	"Sessions of one address inside; 0: no limit.")
KEY(NAT_TIMEOUTS_UDP, "nat.timeouts.udp", seconds, "300", 1, 86400, AT(nat.timeout[NAT_QUEUE_UDP]),
	"Idle timeout of UDP sessions (RFC 4787: at least 120).")
KEY(NAT_TIMEOUTS_TCP_ESTABLISHED, "nat.timeouts.tcp_established", seconds, "7440",
	1, 604800, AT(nat.timeout[NAT_QUEUE_TCP]),
	"Idle timeout of established TCP connections (RFC 5382: at least 7440).")
KEY(NAT_TIMEOUTS_TCP_TRANSITORY, "nat.timeouts.tcp_transitory", seconds, "240",
	1, 86400, AT(nat.timeout[NAT_QUEUE_TCP_TRANSITORY]),
	"Idle timeout of TCP connections that are opening or closing, and of sessions that began "
	"outside and have not been answered (RFC 5382: at least 240).")
KEY(NAT_TIMEOUTS_ICMP, "nat.timeouts.icmp", seconds, "60",
	1, 86400, AT(nat.timeout[NAT_QUEUE_ICMP]),
	"Idle timeout of ICMP queries (RFC 5508: at least 60).")

KEY(LIMITS_HALF_OPEN, "limits.half_open", number, "1000",
	1, CONFIG_HALF_OPEN_MAX, AT(limit_half_open),
	"ISAKMP SAs that have not authenticated yet; beyond that, the oldest of them makes room.")
KEY(LIMITS_HALF_OPEN_PER_SOURCE, "limits.half_open_per_source", number, "128",
	1, CONFIG_HALF_OPEN_MAX, AT(limit_half_open_per_source),
	"The same for one source address: the number of clients behind one NAT that can connect "
	"at the same time.")
KEY(LIMITS_SESSIONS, "limits.sessions", number, "10000", 1, CONFIG_SESSIONS_MAX, AT(limit_sessions),
	"Sessions of all clients.")
KEY(LIMITS_SESSIONS_PER_USER, "limits.sessions_per_user", number, "0",
	0, CONFIG_SESSIONS_MAX, AT(limit_sessions_per_user),
	"Sessions of one user; 0: no limit.")
KEY(LIMITS_TAKEOVER, "limits.takeover", takeover, "silent", 0, 0, AT(takeover),
	"Which session of a user at the limit makes room for a new one. silent: one whose client "
	"does not answer within three seconds, otherwise the new session is refused; oldest: the "
	"oldest, at once, whether or not its client is alive; none: the new session is refused.")
/* clang-format on */
