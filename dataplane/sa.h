/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workers read and write per packet: inbound SA, outbound SA, session. Laid out by cache line:
 * lines that are constant after publishing, and lines that the owning worker alone writes (control
 * reads those with relaxed loads).
 */
#ifndef SA_H
#define SA_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <intel-ipsec-mb.h>
#include <rte_byteorder.h>
#include <rte_common.h>

#include "dp.h"

/* Identifiers: gen:8 | worker:6 | slot:18. Slots begin at 1, so that 0 is never valid. */
#define ID_SLOT(id)   ((uint32_t)(id)&0x3ffff)
#define ID_WORKER(id) ((uint32_t)(id) >> 18 & 0x3f)
#define ID_MAKE(gen, worker, slot) \
	((uint32_t)(gen) << 24 | (uint32_t)(worker) << 18 | (uint32_t)(slot))

/*
 * Keys of one direction, expanded as IPsec-MB takes them: made once by control, in the same block
 * of memory as the SA. A direction needs only one AES schedule.
 */
struct sa_keys {
	/* HMAC: the inner state after the first block, then the outer; of AES-GCM the salt. */
	uint8_t auth[64];
	const uint8_t
		*opad; /* the outer one: in auth, or behind the schedule if that is too small */
	const void *des[3]; /* 3DES: the three schedules, which follow */
	alignas(16) uint8_t schedule[];
};

/* What each job of an SA has in common: its suite in IPsec-MB's numbers, lengths in bytes. */
struct sa_crypto {
	const struct sa_keys *keys;
	const void *schedule; /* what the cipher takes as its key */
	uint16_t keys_len; /* of *keys, to be wiped */
	uint8_t cipher, hash; /* IMB_CIPHER_MODE, IMB_HASH_ALG */
	uint8_t key_len; /* of the cipher */
	uint8_t iv_len, icv_len, block;
};

/* An inbound SA, as its owner worker sees it. */
struct sa_in {
	/* Set before publishing, constant after. */
	rte_be32_t spi;
	uint32_t sid; /* the session that this SA speaks for */
	struct sa_crypto crypto;
	bool udp_encap;
	uint32_t window; /* packets; a power of two */
	/* The owner writes. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t top; /* highest verified sequence number */
	uint64_t packets, bytes, replayed, bad;
	uint64_t last_s; /* monotonic second of the last verified packet, written when it changes */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t bits[]; /* ring of `window` bits */
};
static_assert(sizeof(struct sa_in) == 2 * RTE_CACHE_LINE_SIZE, "sa_in grew");

/* Address and port, both as on the wire, in one number that is read and written at once. */
#define SA_END(addr, port) ((uint64_t)(addr) << 16 | (port))

#define SA_OUT_HDR_MAX 36 /* outer IPv4 20, UDP 8 (RFC 3948), ESP 8 */

/* An outbound SA. */
struct sa_out {
	/* Constant after publishing. */
	struct sa_crypto crypto;
	uint8_t hdr_len; /* of hdr: 28 or 36 */
	/* Template: IPv4, UDP if encapsulated, ESP with its SPI. The owner follows a NAT in it (rebind.h). */
	uint8_t hdr[SA_OUT_HDR_MAX];
	/* The owner writes. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t seq; /* last one used */
	uint64_t packets, bytes;
	uint64_t to; /* SA_END of where it sends */
	uint16_t ip_id;
};
static_assert(sizeof(struct sa_out) == 2 * RTE_CACHE_LINE_SIZE, "sa_out grew");

#define SESS_HEAD_MAX 24 /* UDP 8, L2TP 12 with sequence numbers, PPP 4 */

/* A session. */
struct sess {
	/* Constant after publishing, but for `out`, which control moves to the current SA. */
	_Atomic(struct sa_out *) out;
	rte_be32_t client; /* leased address; 0: no data yet */
	uint32_t sid;
	uint16_t our_tid, our_sid; /* host order */
	rte_be16_t peer_port;
	uint16_t mtu;
	uint8_t head_len; /* of head: UDP + L2TP + PPP, data to the client */
	bool sequencing;
	uint8_t head[SESS_HEAD_MAX]; /* template; lengths (and Ns) are filled in per packet */
	/* The owner writes. */
	alignas(RTE_CACHE_LINE_SIZE) uint64_t up_packets;
	uint64_t up_bytes, down_packets, down_bytes;
	uint16_t ns; /* next L2TP data sequence number */
};
static_assert(sizeof(struct sess) == 2 * RTE_CACHE_LINE_SIZE, "sess grew");

/*
 * Constructors for control: aligned heap objects, keys expanded with the functions of mb (of any
 * worker: its state is not touched); NULL when out of memory. The free functions wipe.
 */
struct sa_in *sa_in_new(IMB_MGR *mb, const struct dp_sa *sa, uint32_t sid, uint32_t window);
void sa_in_free(void *sa_in);
struct sa_out *sa_out_new(IMB_MGR *mb, const struct dp_sa *sa);
void sa_out_free(void *sa_out);
struct sess *sess_new(const struct dp_sess *s, uint32_t sid);
void sess_free(void *sess);

#endif
