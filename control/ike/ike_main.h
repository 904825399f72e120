/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode (RFC 2409, section 5.4). */
#ifndef IKE_MAIN_H
#define IKE_MAIN_H

#include "ike_payload.h"

#define IKE_NONCE_MIN 8 /* bytes (RFC 2409, 5) */
#define IKE_NONCE_MAX 256
#define IKE_NONCE_OUR 32

/* Messages 1 and 2, kept until main mode is complete. */
struct ike_opening {
	uint8_t *bytes; /* message 1, followed by message 2 */
	size_t len, answer_len; /* bytes of either */
};

/* State that is needed only during main mode. */
struct ike_main {
	/* The role says which end is g^xi and Ni, and which g^xr and Nr (ike_auth.h). */
	struct dh *dh; /* ours */
	uint8_t nonce[IKE_NONCE_OUR];
	uint8_t peer_public[DH_MAX], peer_nonce[IKE_NONCE_MAX];
	size_t peer_nonce_len;
	struct ike_opening opening;
	struct part sai; /* body of the initiator's SA payload, in opening */
};

/* What the handler of a message works on. */
struct ike_main_step {
	struct ike_sa *sa;
	const struct ike_msg *m;
	const uint8_t *msg; /* as received */
	size_t len;
	struct ike_out out; /* the answer */
};

/* What a handler returns. */
enum ike_result {
	IKE_OK, /* enter the next state and send the answer */
	IKE_FAIL, /* the SA fails for sa->why */
};

/* Processes a message of main mode. */
void ike_main_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);

/* Wipes and frees sa->main. */
void ike_main_free(struct ike_sa *sa);

/* Sets why the SA fails, and returns IKE_FAIL for a handler to return. */
enum ike_result ike_main_fail(struct ike_sa *sa, enum ike_why why);

#endif
