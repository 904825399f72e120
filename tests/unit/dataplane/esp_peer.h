/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The other end of an SA, for tests: a plain implementation of ESP (RFC 4303) with OpenSSL that
 * shares no code with the data plane.
 */
#ifndef ESP_PEER_H
#define ESP_PEER_H

#include <stddef.h>
#include <stdint.h>

#include "esp_suite.h"

#define ESP_PEER_MAX 2048 /* bytes of a packet from the ESP header on */

struct esp_peer {
	const struct esp_suite *suite;
	struct esp_keys keys;
	uint32_t spi; /* host order */
};

/* Derives the keys from the seed: the same seed gives the same keys. */
void esp_peer_init(struct esp_peer *p, const struct esp_suite *suite, uint32_t spi, unsigned seed);

/* Encrypts `plain`, which has its padding and trailer already; returns the packet's length. */
size_t esp_peer_seal_raw(
	const struct esp_peer *p, uint32_t seq, const void *plain, size_t len, uint8_t *esp);

/* Encrypts a UDP datagram with the padding that it needs; returns the packet's length. */
size_t esp_peer_seal(
	const struct esp_peer *p, uint32_t seq, const void *datagram, size_t len, uint8_t *esp);

/* An opened packet. */
struct esp_peer_opened {
	uint32_t spi, seq;
	uint8_t iv[16];
	uint8_t pad_len, next;
	size_t len; /* of the payload */
	uint8_t payload[ESP_PEER_MAX];
};

/* Opens a packet; NULL on success, else what is wrong with it. */
const char *esp_peer_open(
	const struct esp_peer *p, const uint8_t *esp, size_t len, struct esp_peer_opened *out);

#endif
