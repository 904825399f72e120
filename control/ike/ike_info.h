/* SPDX-License-Identifier: BSD-3-Clause */
/* Informational exchanges (RFC 2408, 4.8; RFC 2409, 5.7; RFC 3706). */
#ifndef IKE_INFO_H
#define IKE_INFO_H

#include "ike_send.h"

/* Processes a message of an informational exchange. */
void ike_info_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);

/* The type of a notify payload; 0 if it is malformed. */
uint16_t ike_info_notify_type(struct rd body);

/*
 * Sends an unprotected notify in main mode, and keeps it for retransmissions of the current
 * message.
 */
void ike_info_notify_plain(struct ike_sa *sa, uint16_t type);

/*
 * Sends a protected notify that refuses the current message of quick mode, and keeps it likewise.
 */
void ike_info_refuse(struct ike_sa *sa, uint16_t type, struct ike_reply *keep);

/* Sends DELETE for the SA. */
void ike_info_delete_isakmp(struct ike_sa *sa);

/* Prepares the timer of DPD in a new SA. */
void ike_info_dpd_init(struct ike_sa *sa);

/* Starts DPD when main mode is complete, if it is configured and the peer supports it. */
void ike_info_dpd_start(struct ike_sa *sa);

/* Acts on a notify payload of an authenticated message. */
void ike_info_on_notify(struct ike_sa *sa, struct rd body);

/* Lets the peer's RESPONDER-LIFETIME in quick mode shorten the lifetimes (0: no limit so far). */
void ike_info_lifetime(const struct ike_msg *m, uint64_t *life_s, uint64_t *life_kb);

#endif
