/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What workers read and write per packet: inbound SA, outbound SA, session. They are laid out by
 * cache line: lines that are constant after publishing, and lines that only the owning worker
 * writes (control reads them with relaxed loads).
 */
#ifndef SA_H
#define SA_H

#include <assert.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <intel-ipsec-mb.h>
#include <rte_byteorder.h>
#include <rte_common.h>

#include "dp.h"
#include "shape.h"

/* Identifiers: gen:8 | worker:6 | slot:18. Slots begin at 1, so 0 is never valid. */
#define ID_SLOT(id)   ((uint32_t)(id)&0x3ffff)
#define ID_WORKER(id) ((uint32_t)(id) >> 18 & 0x3f)
#define ID_MAKE(gen, worker, slot) \
	((uint32_t)(gen) << 24 | (uint32_t)(worker) << 18 | (uint32_t)(slot))

/*
 * What all jobs of an SA have in common: the suite in IPsec-MB's numbers, lengths in bytes. Control
 * expands the keys of the SA's direction once into the memory block of the SA, as IPsec-MB takes
 * them: the two states of HMAC after their first block, or the salt of AES-GCM; then the cipher's
 * key schedule (suite.c).
 */
struct sa_crypto {
	const uint8_t *keys; /* begin with the inner state */
	uint16_t schedule; /* offset in the keys of what a job takes as the cipher's key */
	uint16_t id[2]; /* suite_id of IPsec-MB from 1.4 on */
	uint8_t keys_lines; /* cache lines that the keys touch */
	uint8_t opad; /* offset of the outer state in the keys */
	uint8_t cipher, hash; /* IMB_CIPHER_MODE, IMB_HASH_ALG */
	uint8_t key_len; /* of the cipher */
	uint8_t iv_len, icv_len, block;
};
static_assert(sizeof(struct sa_crypto) == 24, "sa_crypto grew");

#define SA_KEYS_ALIGN 16 /* bytes, for aligned loads of the AES round keys */

/*
 * An inbound SA as its owner sees it: seven cache lines with AES-128 and a window of 1024. No other
 * worker reads it, so constant and changing fields share lines: fewer lines are fetched per packet.
 */
struct sa_in {
	/* Constant after publishing. */
	alignas(RTE_CACHE_LINE_SIZE) rte_be32_t spi;
	uint32_t sid; /* session that the SA belongs to */
	struct sa_crypto crypto;
	uint16_t window; /* packets; a power of two */
	bool udp_encap;
	bool no_anti_replay; /* for benchmarks */
	/* Written by the owner. */
	/* Monotonic second of the last verified packet, written when it changes. */
	uint32_t last_s;
	uint64_t top; /* highest verified sequence number */
	uint64_t packets, bytes; /* verified */
	uint64_t replayed, bad; /* seen before or behind the window; failed the integrity check */
	uint64_t bits[]; /* ring of `window` bits, then the keys */
};
static_assert(
	offsetof(struct sa_in, replayed) == RTE_CACHE_LINE_SIZE, "a good packet needs one line");
#define SA_IN_HEAD offsetof(struct sa_in, bits)

/* Address and port, both in network order, in one number that is read and written at once. */
#define SA_END(addr, port) ((uint64_t)(addr) << 16 | (port))

#define SA_OUT_HDR_MAX 36 /* outer IPv4 20, UDP 8 (RFC 3948), ESP 8 */

/* An outbound SA: five cache lines with AES-128. */
struct sa_out {
	/* Constant after publishing. */
	alignas(RTE_CACHE_LINE_SIZE) struct sa_crypto crypto;
	uint8_t hdr_len; /* of hdr: 28 or 36 */
	/*
	 * Template: IPv4, UDP if encapsulated, ESP with its SPI. The owner changes it when a NAT
	 * moves (rebind.h).
	 */
	uint8_t hdr[SA_OUT_HDR_MAX];
	/* Written by the owner. */
	uint16_t ip_id;
	uint64_t seq; /* last sequence number used */
	uint64_t packets, bytes;
	uint64_t to; /* SA_END() of the remote end */
};
#define SA_OUT_KEYS 96 /* offset of the keys */
static_assert(offsetof(struct sa_out, to) + sizeof(uint64_t) == SA_OUT_KEYS, "sa_out grew");

#define SESS_HEAD_MAX 24 /* UDP 8, L2TP 12 with sequence numbers, PPP 4 */

#define SESS_UP   0 /* indexes of sess.shaper */
#define SESS_DOWN 1

/* A session: packets from the client need the first line, packets to the client need both. */
struct sess {
	/* Constant after publishing, but for `out`, which control sets to the current SA. */
	alignas(RTE_CACHE_LINE_SIZE) _Atomic(struct sa_out *) out;
	rte_be32_t client; /* leased address; 0: no data yet */
	uint32_t sid;
	uint16_t our_tid, our_sid; /* host order */
	rte_be16_t peer_port;
	uint16_t mtu;
	uint16_t mss; /* largest MSS that TCP through the session may offer; MSS_NONE: any */
	uint8_t net; /* network of `client`, a segment of the LAN */
	uint32_t filter_groups, filter_user;
	bool shaped;
	/* Written by the owner. */
	uint64_t up_packets, up_bytes;
	/* Constant after publishing. */
	/* Template of UDP, L2TP and PPP headers. Lengths and Ns are filled in per packet. */
	alignas(RTE_CACHE_LINE_SIZE) uint8_t head[SESS_HEAD_MAX];
	uint8_t head_len; /* bytes of `head` */
	bool sequencing;
	/* Written by the owner. */
	uint16_t ns; /* next L2TP data sequence number */
	uint64_t down_packets, down_bytes;
	/* Two if `shaped`, else none. */
	alignas(RTE_CACHE_LINE_SIZE) struct shaper shaper[];
};
static_assert(sizeof(struct sess) == 2 * RTE_CACHE_LINE_SIZE, "sess grew");

struct slabs;

/*
 * Constructors for control. Keys are expanded with the functions of mb, of any worker: its state is
 * not changed. NULL when out of memory. slab_release() wipes and frees the objects.
 */
struct sa_in *sa_in_new(
	struct slabs *slabs, IMB_MGR *mb, const struct dp_sa *sa, uint32_t sid, uint32_t window);
struct sa_out *sa_out_new(struct slabs *slabs, IMB_MGR *mb, const struct dp_sa *sa);
/*
 * A copy that sends to another end. It skips sequence numbers that `old`, which a worker may still
 * send on, can use.
 */
struct sa_out *sa_out_moved(struct slabs *slabs, const struct sa_out *old,
	const struct esp_suite *suite, const struct ip_end *remote);
struct sess *sess_new(struct slabs *slabs, const struct dp_sess *s, uint32_t sid);

#endif
