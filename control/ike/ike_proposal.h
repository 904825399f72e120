/* SPDX-License-Identifier: BSD-3-Clause */
/* SA payloads: offers, our choice, answers (RFC 2408, 4.2; RFC 2407, 4.5; RFC 2409, appendix A). */
#ifndef IKE_PROPOSAL_H
#define IKE_PROPOSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ike_payload.h"

#define IKE_MAX_TRANSFORMS 256 /* of one SA payload that are looked at */

/* What is chosen from an SA payload, with all that the answer repeats. */
struct ike_choice {
	uint8_t proposal, transform, transform_id, proto;
	const uint8_t *spi; /* the peer's, in its message */
	uint8_t spi_len;
	const uint8_t *attrs; /* as offered, in its message */
	size_t attrs_len;
	uint64_t life_s, life_kb; /* 0: not given */
	/* Phase 1 */
	struct ike_suite suite;
	/* Phase 2 */
	const struct esp_suite *esp;
	enum dh_group pfs; /* 0: none */
	uint16_t mode;
};

enum ike_chosen {
	IKE_CHOSEN,
	IKE_CHOSEN_NONE, /* no offered suite is configured; `offers` lists them */
	IKE_CHOSEN_MALFORMED,
};

#define IKE_OFFERS_LEN 512

/* Chooses the first of our suites that the peer offers. Lists the peer's offers as text. */
enum ike_chosen ike_proposal_main(const struct ike_config *config, struct rd sa,
	struct ike_choice *out, char offers[IKE_OFFERS_LEN]);

/* The same for quick mode; natt: in UDP-encapsulated transport mode instead of transport mode. */
enum ike_chosen ike_proposal_quick(const struct ike_config *config, struct rd sa, bool natt,
	struct ike_choice *out, char offers[IKE_OFFERS_LEN]);

#define IKE_CURE_LEN 256

/*
 * Says what must be configured to allow the best of the refused offers, as a phrase that continues
 * "to allow it, ", and whether that is weak. "" if no configuration allows any.
 */
void ike_proposal_cure_main(struct rd sa, char cure[IKE_CURE_LEN]);
void ike_proposal_cure_quick(
	const struct ike_config *config, struct rd sa, bool natt, char cure[IKE_CURE_LEN]);

/*
 * Writes the SA payload that answers with the choice, with our SPI instead of the peer's if spi is
 * given.
 */
void ike_proposal_write(struct ike_out *o, const struct ike_choice *c, const be32 *spi);

/* Writes an attribute of a transform in its basic form. */
void ike_proposal_attr(struct wr *w, uint16_t class, uint16_t value);

/*
 * Writes the two attributes of a lifetime: that of its type, whose class is given, and its
 * duration.
 */
void ike_proposal_life(struct wr *w, uint16_t class, uint16_t type, uint64_t value);

/* Reads the lifetimes from attributes (RFC 2407, 4.6.3.1); those that are absent stay unchanged. */
void ike_proposal_read_life(struct rd attrs, uint64_t *life_s, uint64_t *life_kb);

/* Writes all attributes of a transform of phase 1. */
void ike_proposal_suite(const struct ike_suite *s, uint32_t life_s, struct wr *w);

#endif
