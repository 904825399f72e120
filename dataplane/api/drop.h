/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a packet was dropped: symbol and text, in the order of a packet's path. */
#ifndef DROP_H
#define DROP_H

/* clang-format off */
#define DROP_REASONS(X) \
	X(ETHER_SHORT,      "frame shorter than its headers") \
	X(ETHER_OTHER_MAC,  "frame for another MAC address") \
	X(ETHER_VLAN,       "frame of a VLAN that is not configured") \
	X(ETHER_TYPE,       "neither IPv4 nor ARP") \
	X(IP_HEADER,        "malformed IPv4 header or wrong length") \
	X(IP_CKSUM,         "wrong IPv4 header checksum") \
	X(IP_SOURCE,        "IPv4 source is not a unicast address, or is our own") \
	X(IP_OPTIONS,       "IPv4 options, which are not supported") \
	X(REASS_TOO_BIG,    "fragment of a packet that is too large to reassemble") \
	X(REASS_OVERLAP,    "overlapping or duplicate fragments, or more than 8 of one packet") \
	X(REASS_FULL,       "fragments evicted because too many wait for reassembly") \
	X(REASS_TIMEOUT,    "fragments whose packet was not complete in time") \
	X(WAN_NOT_US,       "from the WAN, not for one of our addresses") \
	X(WAN_PROTOCOL,     "from the WAN, for a protocol or port without a service") \
	X(NAT_NO_SESSION,   "from the WAN, for a port without NAT session or port forward") \
	X(NAT_FILTERED,     "from the WAN, for a NAT session with another remote host") \
	X(NAT_ERROR,        "ICMP error that matches no NAT session") \
	X(L2TP_CLEARTEXT,   "L2TP without IPsec") \
	X(NATT_KEEPALIVE,   "NAT keepalive (not an error)") \
	X(ESP_SHORT,        "ESP packet too short, or not a multiple of the block size") \
	X(ESP_NO_SA,        "no SA has this SPI") \
	X(ESP_ENCAP,        "ESP in UDP for an SA without UDP encapsulation, or the reverse") \
	X(ESP_REPLAY,       "sequence number seen before, or behind the replay window") \
	X(ESP_ICV,          "integrity check failed") \
	X(ESP_PAD,          "wrong ESP padding") \
	X(ESP_NEXT_HEADER,  "next header inside ESP is not UDP") \
	X(L2TP_SHORT,       "UDP or L2TP header does not fit the packet") \
	X(L2TP_PORT,        "inside ESP, not for UDP port 1701") \
	X(L2TP_VERSION,     "not L2TP version 2") \
	X(L2TP_ID,          "tunnel or session ID does not belong to this client") \
	X(PPP_SHORT,        "PPP frame too short") \
	X(PPP_NO_SESSION,   "PPP frame before the session is up") \
	X(INNER_HEADER,     "malformed inner IPv4 header") \
	X(SPOOF,            "inner source is not the client's leased address") \
	X(NO_LEASE,         "no client has this address") \
	X(NO_ROUTE,         "no route to the destination") \
	X(BLACKHOLE,        "the route to the destination is a blackhole") \
	X(SOURCE_ROUTE,     "source is not reached through the port it came in by (RFC 3704)") \
	X(FILTER,           "dropped by a filter rule or the filter's default") \
	X(FILTER_HEADER,    "ports that the filter needs are missing, or quoted too short") \
	X(FILTER_FULL,      "no room for another flow in the filter (filter.flows)") \
	X(TTL,              "time to live exceeded") \
	X(BROADCAST,        "broadcast or multicast, which is not forwarded") \
	X(RATE_UP,          "above the rate at which the session may send (shaping)") \
	X(RATE_DOWN,        "above the rate at which the session may receive (shaping)") \
	X(TOO_BIG,          "larger than the MTU, with DF set") \
	X(NAT_PROTOCOL,     "protocol that NAT does not support") \
	X(NAT_FRAGMENT,     "fragment where NAT needs the whole packet") \
	X(NAT_PORTS,        "all ports of NAT are taken") \
	X(NAT_SESSIONS,     "NAT's session table is full, or the host is at its limit") \
	X(SEQ_END,          "outbound SA has used up its sequence numbers") \
	X(NO_SA_OUT,        "session has no outbound SA") \
	X(NO_SESSION,       "session no longer exists") \
	X(CRYPTO,           "the crypto library refused a job") \
	X(NO_BUFFER,        "no free packet buffer, or no room in the buffer") \
	X(INBOX_FULL,       "ring to the owning worker is full") \
	X(PUNT_FULL,        "ring to the control core is full") \
	X(PUNT_POLICED,     "above the rate of punted packets of its kind") \
	X(TX_FULL,          "transmit queue is full")
/* clang-format on */

enum drop_reason {
#define X(sym, text) DROP_##sym,
	DROP_REASONS(X)
#undef X
		DROP_N
};

/* "esp_replay", and its text for operators; in names.c. */
const char *drop_name(enum drop_reason reason);
const char *drop_text(enum drop_reason reason);

#endif
