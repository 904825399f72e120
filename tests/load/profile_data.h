/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a profile is made of. A table says where each fact is known from:
 *   log      public log or capture of such a client talking to charon, pluto, xl2tpd or pppd
 *   source   what the client's own public source does
 *   doc      documentation of the project or the vendor
 *   RFC      the standard leaves no choice
 *   assumed  not seen anywhere; likely
 */
#ifndef PROFILE_DATA_H
#define PROFILE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike.h"
#include "profile.h"

/* A phase 2 transform as it is offered, known here or not. */
struct profile_esp {
	uint8_t transform; /* RFC 2407, 4.4.4 */
	uint16_t key_bits; /* 0: no such attribute */
	uint16_t auth; /* RFC 2407, 4.5 */
};

enum profile_contact {
	PROFILE_CONTACT_NONE,
	PROFILE_CONTACT_MM5, /* INITIAL-CONTACT in message 5 */
	PROFILE_CONTACT_INFO, /* in an informational exchange behind message 6 */
};

enum profile_avp_kind {
	PROFILE_AVP_U16,
	PROFILE_AVP_U32,
	PROFILE_AVP_TEXT,
	PROFILE_AVP_HOST, /* the client's own name */
	PROFILE_AVP_TUNNEL, /* its tunnel ID */
	PROFILE_AVP_SESSION,
	PROFILE_AVP_SERIAL, /* a number of the call */
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
	uint8_t value[24]; /* LCP magic and IPCP addresses are filled in by the client */
};

/* Bytes with their length: an LCP Identification, a Configure-Request. */
struct profile_bytes {
	uint16_t proto; /* PPP protocol */
	uint8_t len;
	uint8_t b[40];
	bool host; /* the client's name follows */
};

enum profile_step {
	PROFILE_STEP_END,
	PROFILE_STEP_LCP, /* Terminate-Request, and wait for its Ack */
	PROFILE_STEP_CDN,
	PROFILE_STEP_STOPCCN, /* and wait for its acknowledgement */
	PROFILE_STEP_ESP, /* DELETE of the pairs */
	PROFILE_STEP_ISAKMP,
};

struct profile {
	const char *name;

	/* Main mode. Lists of attributes end with 0; those that do not apply are left out. */
	const struct ike_suite *suites;
	unsigned n_suites;
	const uint8_t *main_attrs; /* order of attributes in a transform */
	uint8_t first_transform; /* number of the first transform */
	bool life_long; /* durations always in four bytes; else basic where they fit */
	uint32_t ike_life_s;
	const char *const *vendors; /* hex, up to NULL */
	uint8_t nonce_len;
	bool id_port; /* IDii says UDP 500 rather than nothing */
	enum profile_contact contact;

	/* Quick mode. */
	const struct profile_esp *esp;
	unsigned n_esp;
	const uint8_t *quick_attrs;
	bool esp_apart; /* a proposal for each transform */
	bool no_port; /* IDci says UDP without port 1701 */
	uint32_t esp_life_s, esp_life_kb; /* kB 0: not said */
	uint32_t
		idle_s; /* a pair that is not used for so long is deleted, and made again on demand; 0: never */

	/* Patience. Repeats after so many ms each, up to 0. */
	const uint16_t *ike_repeat_ms;
	uint32_t ike_timeout_ms, l2tp_timeout_ms, ppp_timeout_ms;
	uint32_t dpd_s; /* asks R-U-THERE so often, when the gateway knows DPD; 0: never */

	/* L2TP. The lists are without the message type, and end with NULL-like {0}. */
	const struct profile_avp *sccrq, *icrq, *iccn;
	uint16_t window;
	bool tid_counts; /* tunnel IDs 1, 2, 3; else random */
	bool sid_counts; /* session IDs too */
	bool apple_result; /* result codes with their bytes swapped: a bug that xl2tpd knows of */
	bool data_length; /* L bit in data messages */
	uint32_t hello_s;

	/* PPP. */
	const struct profile_opt *lcp, *ipcp; /* end with type 0 */
	uint32_t lcp_wait_ms; /* the gateway's request is awaited so long before ours */
	const struct profile_bytes
		*idents; /* LCP Identification, when LCP is open; end with len 0 */
	const struct profile_bytes *extras; /* requests of other protocols, with IPCP's first */
	uint32_t echo_s;
	unsigned echo_max;

	const enum profile_step *close;
};

#endif
