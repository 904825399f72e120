/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The parts of a profile. Comments in the tables name the origin of each fact:
 *   log      public log or capture of such a client with charon, pluto, xl2tpd or pppd
 *   source   the client's own public source
 *   doc      documentation of the project or vendor
 *   RFC      the standard leaves no choice
 *   assumed  likely, but not seen anywhere
 */
#ifndef PROFILE_DATA_H
#define PROFILE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike.h"
#include "profile.h"

/* A phase 2 transform as offered, whether or not lib/ supports it. */
struct profile_esp {
	uint8_t transform; /* RFC 2407, 4.4.4 */
	uint16_t key_bits; /* 0: no such attribute */
	uint16_t auth; /* RFC 2407, 4.5 */
};

enum profile_contact {
	PROFILE_CONTACT_NONE,
	PROFILE_CONTACT_MM5, /* INITIAL-CONTACT in message 5 */
	PROFILE_CONTACT_INFO, /* in an informational exchange after message 6 */
};

enum profile_avp_kind {
	PROFILE_AVP_U16,
	PROFILE_AVP_U32,
	PROFILE_AVP_TEXT,
	PROFILE_AVP_HOST, /* the client's host name */
	PROFILE_AVP_TUNNEL, /* the client's tunnel ID */
	PROFILE_AVP_SESSION,
	PROFILE_AVP_SERIAL, /* the serial number of the call */
};

struct profile_avp {
	uint16_t type; /* RFC 2661, 4.4 */
	bool m;
	enum profile_avp_kind kind;
	uint32_t value;
	const char *text;
};

/* An option of a Configure-Request. */
struct profile_opt {
	uint8_t type, len; /* of the value */
	uint8_t value[24]; /* the client fills in magic number and addresses */
};

/* A packet: an LCP Identification, a Configure-Request. */
struct profile_bytes {
	uint16_t proto; /* PPP protocol */
	uint8_t len;
	uint8_t b[40];
	bool host; /* the client's host name follows */
};

enum profile_step {
	PROFILE_STEP_END,
	PROFILE_STEP_LCP, /* Terminate-Request; waits for the Ack */
	PROFILE_STEP_CDN,
	PROFILE_STEP_STOPCCN, /* waits for its acknowledgement */
	PROFILE_STEP_ESP, /* DELETE of the pairs */
	PROFILE_STEP_ISAKMP,
};

struct profile {
	const char *name;

	/* Main mode. Lists of attributes end with 0; attributes that do not apply are left out. */
	const struct ike_suite *suites;
	unsigned n_suites;
	const uint8_t *main_attrs; /* order of attributes in a transform */
	uint8_t first_transform; /* number of the first transform */
	bool life_long; /* durations are always variable-length; else basic where they fit */
	uint32_t ike_life_s;
	const char *const *vendors; /* in hex; ends with NULL */
	uint8_t nonce_len;
	bool id_port; /* IDii has UDP port 500; else 0 */
	enum profile_contact contact;

	/* Quick mode. */
	const struct profile_esp *esp;
	unsigned n_esp;
	const uint8_t *quick_attrs;
	bool esp_apart; /* a proposal for each transform */
	bool no_port; /* IDci has UDP without port 1701 */
	bool commit; /* as responder, sets the commit bit and answers message 3 with CONNECTED */
	uint32_t esp_life_s, esp_life_kb; /* kilobytes 0: not offered */
	/* Idle time after which the pair is deleted, to be made anew on demand; 0: never. */
	uint32_t idle_s;

	/* Retransmission: milliseconds before each, ends with 0. */
	const uint16_t *ike_repeat_ms;
	uint32_t ike_timeout_ms, l2tp_timeout_ms, ppp_timeout_ms;
	uint32_t dpd_s; /* between R-U-THERE, if the gateway supports DPD; 0: never */

	/* L2TP. Lists do not have the message type, and end with {0}. */
	const struct profile_avp *sccrq, *icrq, *iccn;
	uint16_t window;
	bool tid_counts; /* tunnel IDs 1, 2, 3; else random */
	bool sid_counts; /* session IDs too */
	bool apple_result; /* byte-swapped result codes: a bug that xl2tpd works around */
	bool data_length; /* L bit in data messages */
	uint32_t hello_s;
	bool udp_sum; /* UDP has checksums, which are wrong for others behind a NAT */

	/* PPP. */
	const struct profile_opt *lcp, *ipcp; /* end with type 0 */
	uint32_t lcp_wait_ms; /* how long to wait for the gateway's request first */
	/* LCP Identification, sent when LCP opens; ends with len 0. */
	const struct profile_bytes *idents;
	/* Requests of other protocols, sent with IPCP's first. */
	const struct profile_bytes *extras;
	uint32_t echo_s;
	unsigned echo_max;
	const uint8_t *inform; /* options in DHCPINFORM, ends with 0; NULL: not sent */

	const enum profile_step *close;
};

#endif
