/* SPDX-License-Identifier: BSD-3-Clause */
/* CRC32C of bytes at any alignment: rte_hash_crc() reads unaligned words. */
#ifndef LOAD_CRC_H
#define LOAD_CRC_H

#include <string.h>
#include <rte_hash_crc.h>

/* For struct rte_hash_parameters. */
static inline uint32_t
load_crc(const void *data, uint32_t len, uint32_t crc)
{
	const uint8_t *p = data;
	uint64_t word;

	for (; len >= sizeof(word); len -= (uint32_t)sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		crc = rte_hash_crc_8byte(word, crc);
	}
	for (; len > 0; len--)
		crc = rte_hash_crc_1byte(*p++, crc);
	return crc;
}

#endif
