/* SPDX-License-Identifier: BSD-3-Clause */
/* Why a packet was dropped: symbol and sentence, in the order of a packet's way. */
#ifndef DROP_H
#define DROP_H

/* clang-format off */
#define DROP_REASONS(X) \
	X(ETHER_SHORT,      "frame too short for its headers") \
	X(ETHER_OTHER_MAC,  "frame for another station") \
	X(ETHER_VLAN,       "frame of a VLAN that is not configured") \
	X(ETHER_TYPE,       "neither IPv4 nor ARP") \
	X(IP_HEADER,        "malformed IPv4 header or wrong length") \
	X(IP_CKSUM,         "IPv4 header checksum wrong") \
	X(IP_SOURCE,        "IPv4 source is no unicast address, or our own") \
	X(IP_OPTIONS,       "IPv4 options are not forwarded") \
	X(REASS_TOO_BIG,    "fragment of a packet to the gateway that is larger than any it takes") \
	X(REASS_OVERLAP,    "fragments that overlap, came twice, or are more than 8 of one packet") \
	X(REASS_FULL,       "fragments that made room: too many wait for the rest of their packets") \
	X(REASS_TIMEOUT,    "fragments whose packet was not whole in time") \
	X(WAN_NOT_US,       "on the WAN, for another address than ours") \
	X(WAN_PROTOCOL,     "on the WAN, a protocol or port that is not served") \
	X(NAT_NO_SESSION,   "on the WAN, for a port that no NAT session has and no rule forwards") \
	X(NAT_FILTERED,     "on the WAN, for a port of a NAT session with another host") \
	X(NAT_ERROR,        "ICMP error about no NAT session") \
	X(L2TP_CLEARTEXT,   "L2TP that is not protected by IPsec") \
	X(NATT_KEEPALIVE,   "NAT keepalive (no fault)") \
	X(ESP_SHORT,        "ESP packet shorter than its header, IV and ICV, or not whole blocks") \
	X(ESP_NO_SA,        "no SA has this SPI") \
	X(ESP_ENCAP,        "ESP with UDP encapsulation where the SA has none, or the reverse") \
	X(ESP_REPLAY,       "sequence number seen before or behind the window") \
	X(ESP_ICV,          "integrity check failed") \
	X(ESP_PAD,          "ESP padding is wrong") \
	X(ESP_NEXT_HEADER,  "inside ESP there is no UDP") \
	X(L2TP_SHORT,       "UDP or L2TP header does not fit") \
	X(L2TP_PORT,        "inside ESP, not for UDP port 1701") \
	X(L2TP_VERSION,     "not L2TP version 2") \
	X(L2TP_ID,          "tunnel or session ID is not this client's") \
	X(PPP_SHORT,        "PPP frame too short") \
	X(PPP_NO_SESSION,   "PPP before the session is up") \
	X(INNER_HEADER,     "inner IPv4 header malformed") \
	X(SPOOF,            "inner source is not the client's leased address") \
	X(NO_LEASE,         "no client has this address") \
	X(NO_ROUTE,         "no route to the destination") \
	X(BLACKHOLE,        "the route to the destination is a blackhole") \
	X(SOURCE_ROUTE,     "the source is not reached by the port it came in by") \
	X(FILTER,           "a rule of the filter, or its default, drops it") \
	X(FILTER_HEADER,    "too short to have the ports that the filter asks for, or quotes too little") \
	X(FILTER_FULL,      "no room for another flow in the filter (filter.flows)") \
	X(TTL,              "time to live exceeded") \
	X(BROADCAST,        "broadcast or multicast is not forwarded") \
	X(RATE_UP,          "above the rate that the session may send (shaping)") \
	X(RATE_DOWN,        "above the rate that the session may receive (shaping)") \
	X(TOO_BIG,          "larger than the session's MTU and must not be fragmented") \
	X(NAT_PROTOCOL,     "a protocol that NAT does not carry") \
	X(NAT_FRAGMENT,     "fragment where NAT must see a whole packet") \
	X(NAT_PORTS,        "all of NAT's ports are taken") \
	X(NAT_SESSIONS,     "NAT has no room for another session, or not for this host") \
	X(SEQ_END,          "outbound SA has used all its sequence numbers") \
	X(NO_SA_OUT,        "session has no outbound SA") \
	X(NO_SESSION,       "session is gone") \
	X(CRYPTO,           "the crypto library refused a job") \
	X(NO_BUFFER,        "no buffer, or no room in the buffer") \
	X(INBOX_FULL,       "ring to the owning worker is full") \
	X(PUNT_FULL,        "ring to control is full") \
	X(PUNT_POLICED,     "too many packets of its kind for control") \
	X(TX_FULL,          "transmit queue full")
/* clang-format on */

enum drop_reason {
#define X(sym, text) DROP_##sym,
	DROP_REASONS(X)
#undef X
		DROP_N
};

/* "esp_replay", and the sentence. */
const char *drop_name(enum drop_reason reason);
const char *drop_text(enum drop_reason reason);

#endif
