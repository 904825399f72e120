/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory for sessions, and how they are found by flow and by port, made and ended. */
#include <emmintrin.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "crypto/rng.h"
#include "keyed_hash.h"
#include "nat.h"

#define HUGE_PAGE (2u << 20)

#define SLOT_TAG(hash)           ((uint32_t)((hash) >> 32) & 0xfff00000)
#define SLOT_MAKE(hash, session) (SLOT_TAG(hash) | (session))
#define SLOT_SESSION(slot)       ((slot)&0x000fffff)

/* --- memory ----------------------------------------------------------------------------------- */

/*
 * Maps zeroed memory, on huge pages where the kernel has them. Pages that are never touched cost
 * nothing.
 */
static void *
map(size_t bytes)
{
	size_t n = RTE_ALIGN_CEIL(bytes, (size_t)HUGE_PAGE), before;
	uint8_t *p = mmap(NULL, n + HUGE_PAGE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	before = RTE_PTR_DIFF(RTE_PTR_ALIGN_CEIL(p, HUGE_PAGE), p);
	if (before > 0)
		munmap(p, before);
	munmap(p + before + n, HUGE_PAGE - before);
	(void)madvise(p + before, n, MADV_HUGEPAGE);
	(void)madvise(p + before, n, MADV_DONTDUMP);
	return p + before;
}

static void
unmap(void *p, size_t bytes)
{
	if (p != NULL)
		munmap(p, RTE_ALIGN_CEIL(bytes, (size_t)HUGE_PAGE));
}

static void
addr_add(struct nat_shared *s, rte_be32_t addr)
{
	uint8_t i = (uint8_t)(rte_be_to_cpu_32(addr) & (NAT_ADDR_HASH - 1));

	while (s->addr_hash[i] != 0)
		i++;
	s->addr_hash[i] = (uint8_t)s->n_addrs;
	s->addr[s->n_addrs++] = addr;
}

/* Adds the addresses of a source rule. Rules with the same range share them. */
static int
pool_new(struct nat_shared *s, unsigned rule)
{
	const struct ip_range *to = &s->config.source[rule].to;
	uint32_t n = to->first == 0 ? 1 : ip_range_count(to);

	s->pool[rule] = 0;
	s->pool_n[rule] = (uint16_t)n;
	if (to->first == 0 || (n == 1 && to->first == s->addr[0]))
		return 0;
	for (unsigned i = 0; i < rule; i++) {
		if (s->config.source[i].to.first == to->first &&
			s->config.source[i].to.last == to->last) {
			s->pool[rule] = s->pool[i];
			return 0;
		}
	}
	if (n > NAT_ADDRESSES_MAX - s->n_addrs)
		return -ENOSPC;
	s->pool[rule] = (uint16_t)s->n_addrs;
	for (uint32_t i = 0; i < n; i++)
		addr_add(s, htonl(ntohl(to->first) + i));
	return 0;
}

int
nat_shared_new(const struct nat_config *config, unsigned n_workers, rte_be32_t wan,
	struct nat_shared **out)
{
	struct nat_shared *s = calloc(1, sizeof(*s));
	int rc = -ENOMEM;

	*out = NULL;
	if (s == NULL)
		return -ENOMEM;
	s->config = *config;
	s->n_workers = n_workers;
	rng_bytes(s->secret, sizeof(s->secret));
	s->addr[0] = wan;
	s->n_addrs = 1;
	for (unsigned i = 0; i < config->n_sources; i++) {
		rc = pool_new(s, i);
		if (rc != 0)
			goto fail;
	}
	s->ports_bytes = s->n_addrs * sizeof(*s->ports);
	s->ports = map(s->ports_bytes);
	rc = -ENOMEM;
	if (s->ports == NULL)
		goto fail;
	for (unsigned i = 0; i < config->n_destinations; i++) {
		uint8_t last = (uint8_t)ntohl(config->destination[i].host);

		s->forwarded_hosts[last / 64] |= 1ull << (last & 63);
	}
	nat_ports_reserve(s);
	*out = s;
	return 0;

fail:
	nat_shared_free(s);
	return rc;
}

void
nat_shared_free(struct nat_shared *s)
{
	if (s == NULL)
		return;
	unmap(s->ports, s->ports_bytes);
	free(s);
}

struct nat *
nat_new(struct nat_shared *s)
{
	struct nat *n = calloc(1, sizeof(*n));
	uint32_t max = (s->config.max_sessions + s->n_workers - 1) / s->n_workers;

	if (n == NULL)
		return NULL;
	n->shared = s;
	n->max = RTE_MIN(max, (uint32_t)NAT_SESSIONS_MAX);
	n->wan = s->addr[0];
	n->half_max = RTE_MAX(n->max / 8, 1u);
	n->random = rng_u32() | 1;
	/*
	 * Each session has one slot, and perhaps one for its mapping: at most a quarter of all
	 * slots.
	 */
	n->bucket_mask = rte_align32pow2(RTE_MAX(n->max / 2, 2u)) - 1;
	n->session_bytes = (n->max + 1) * sizeof(*n->session);
	n->bucket_bytes = (n->bucket_mask + (size_t)1) * sizeof(*n->bucket);
	n->session = map(n->session_bytes);
	n->bucket = map(n->bucket_bytes);
	if (s->config.max_per_host > 0) {
		n->host_mask = rte_align32pow2(2 * n->max) - 1;
		n->host_bytes = (n->host_mask + (size_t)1) * sizeof(*n->host);
		n->host = map(n->host_bytes);
	}
	if (n->session == NULL || n->bucket == NULL || (n->host_bytes > 0 && n->host == NULL)) {
		nat_free(n);
		return NULL;
	}
	return n;
}

void
nat_free(struct nat *n)
{
	if (n == NULL)
		return;
	unmap(n->session, n->session_bytes);
	unmap(n->bucket, n->bucket_bytes);
	unmap(n->host, n->host_bytes);
	free(n);
}

/* --- the hash table --------------------------------------------------------------------------- */

uint64_t
nat_hash(const struct nat_shared *s, const struct nat_key *key)
{
	static_assert(sizeof(*key) == 16, "as keyed_hash() takes it");

	return keyed_hash(s->secret, key);
}

static inline bool
same_key(const struct nat_key *a, const struct nat_key *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

static inline struct nat_bucket *
bucket_at(const struct nat *n, uint64_t hash)
{
	return &n->bucket[hash & n->bucket_mask];
}

/* Takes what does not fit a full bucket: the other half of a pair of cache lines. */
static inline struct nat_bucket *
bucket_beside(const struct nat *n, uint64_t hash)
{
	return &n->bucket[(hash & n->bucket_mask) ^ 1];
}

/* A bit for each slot of the bucket whose tag is the hash's. Free slots have none. */
static inline uint32_t
matches(const struct nat_bucket *b, uint64_t hash)
{
	const __m128i tag = _mm_set1_epi32((int)SLOT_TAG(hash));
	const __m128i tags = _mm_set1_epi32((int)0xfff00000);
	uint32_t found = 0, used = 0;

	for (unsigned i = 0; i < NAT_BUCKET_SLOTS / 4; i++) {
		__m128i slots = _mm_load_si128((const __m128i *)b->slot + i);
		__m128i same = _mm_cmpeq_epi32(_mm_and_si128(slots, tags), tag);
		__m128i none = _mm_cmpeq_epi32(slots, _mm_setzero_si128());

		found |= (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(same)) << 4 * i;
		used |= (uint32_t)(~_mm_movemask_ps(_mm_castsi128_ps(none)) & 0xf) << 4 * i;
	}
	return found & used;
}

uint32_t
nat_find_ahead(const struct nat *n, uint64_t hash)
{
	const struct nat_bucket *b = bucket_at(n, hash);
	uint32_t found = matches(b, hash);

	return found != 0 ? SLOT_SESSION(b->slot[__builtin_ctz(found)]) : 0;
}

static struct nat_session *
find_in(const struct nat *n, const struct nat_bucket *b, const struct nat_key *key, uint64_t hash)
{
	for (uint32_t found = matches(b, hash); found != 0; found &= found - 1) {
		struct nat_session *s = &n->session[SLOT_SESSION(b->slot[__builtin_ctz(found)])];

		if (same_key(&s->key, key))
			return s;
	}
	return NULL;
}

struct nat_session *
nat_find(const struct nat *n, const struct nat_key *key, uint64_t hash)
{
	struct nat_session *s = find_in(n, bucket_at(n, hash), key, hash);

	return s != NULL ? s : find_in(n, bucket_beside(n, hash), key, hash);
}

/* The part of a flow that selects its mapping. The rest is 0, which no remote end has. */
static struct nat_key
mapping_key(const struct nat_shared *s, const struct nat_key *key)
{
	struct nat_key k = *key;

	if (s->config.mapping == NAT_ENDPOINT_INDEPENDENT)
		k.peer_addr = 0;
	if (s->config.mapping != NAT_ADDRESS_AND_PORT_DEPENDENT)
		k.peer_port = 0;
	return k;
}

/* The slot of a mapping's key leads to its first session, whose own key includes a remote end. */
struct nat_session *
nat_find_mapping(const struct nat *n, const struct nat_key *key)
{
	const struct nat_key want = mapping_key(n->shared, key);
	uint64_t hash = nat_hash(n->shared, &want);
	const struct nat_bucket *b[] = {bucket_at(n, hash), bucket_beside(n, hash)};

	for (unsigned i = 0; i < RTE_DIM(b); i++) {
		for (uint32_t found = matches(b[i], hash); found != 0; found &= found - 1) {
			struct nat_session *s =
				&n->session[SLOT_SESSION(b[i]->slot[__builtin_ctz(found)])];
			struct nat_key has = mapping_key(n->shared, &s->key);

			if (same_key(&has, &want))
				return s;
		}
	}
	return NULL;
}

/* Replaces the slot's content `from` by `to`; 0 is a free slot. */
static bool
slot_replace(struct nat *n, uint64_t hash, uint32_t from, uint32_t to)
{
	struct nat_bucket *b[] = {bucket_at(n, hash), bucket_beside(n, hash)};

	for (unsigned i = 0; i < RTE_DIM(b); i++) {
		for (unsigned k = 0; k < NAT_BUCKET_SLOTS; k++) {
			if (b[i]->slot[k] == from) {
				b[i]->slot[k] = to;
				return true;
			}
		}
	}
	return false;
}

/* --- mappings --------------------------------------------------------------------------------- */

static inline uint32_t
number_of(const struct nat *n, const struct nat_session *s)
{
	return (uint32_t)(s - n->session);
}

static inline _Atomic uint32_t *
first_of(const struct nat *n, const struct nat_session *s)
{
	return &n->shared->ports[s->ext].first[s->key.proto][rte_be_to_cpu_16(s->ext_port)];
}

/* Starts a mapping with its first session; false when the hash table has no room for it. */
static bool
mapping_begin(struct nat *n, struct nat_session *s)
{
	struct nat_key key = mapping_key(n->shared, &s->key);
	uint64_t hash = nat_hash(n->shared, &key);

	/*
	 * The inside end may have another mapping already, if two ports are forwarded to it. That
	 * one stays its way out.
	 */
	if (n->shared->config.mapping != NAT_ADDRESS_AND_PORT_DEPENDENT &&
		nat_find_mapping(n, &key) == NULL &&
		!slot_replace(n, hash, 0, SLOT_MAKE(hash, number_of(n, s))))
		return false;
	atomic_store_explicit(first_of(n, s), number_of(n, s), memory_order_relaxed);
	if (!(s->flags & NAT_FORWARDED))
		nat_port_mark(&n->shared->ports[s->ext], s->key.proto, s->ext_port, true);
	n->stats.mappings++;
	return true;
}

static void
mapping_join(struct nat *n, struct nat_session *s, uint32_t first)
{
	struct nat_session *f = &n->session[first];

	s->map_prev = first;
	s->map_next = f->map_next;
	if (s->map_next != 0)
		n->session[s->map_next].map_prev = number_of(n, s);
	f->map_next = number_of(n, s);
}

/*
 * Points the mapping's key to another first session, or removes it. With a mapping that depends on
 * the address, the next session may have another remote end, which the filtering let in: then its
 * own key points to it, if it points nowhere yet.
 */
static void
mapping_rekey(struct nat *n, const struct nat_session *s, uint32_t next)
{
	struct nat_key key = mapping_key(n->shared, &s->key), key_next;
	uint64_t hash = nat_hash(n->shared, &key);
	uint32_t slot = SLOT_MAKE(hash, number_of(n, s));

	if (n->shared->config.mapping == NAT_ADDRESS_AND_PORT_DEPENDENT)
		return;
	key_next = mapping_key(n->shared, &n->session[next].key);
	if (next != 0 && same_key(&key, &key_next)) {
		slot_replace(n, hash, slot, SLOT_MAKE(hash, next));
		return;
	}
	slot_replace(n, hash, slot, 0);
	hash = nat_hash(n->shared, &key_next);
	if (next != 0 && nat_find_mapping(n, &key_next) == NULL)
		slot_replace(n, hash, 0, SLOT_MAKE(hash, next));
}

static void
mapping_leave(struct nat *n, struct nat_session *s)
{
	if (s->map_next != 0)
		n->session[s->map_next].map_prev = s->map_prev;
	if (s->map_prev != 0) {
		n->session[s->map_prev].map_next = s->map_next;
		return;
	}
	/* The next session leads the mapping now, or the mapping ends. */
	mapping_rekey(n, s, s->map_next);
	atomic_store_explicit(first_of(n, s), s->map_next, memory_order_relaxed);
	if (s->map_next != 0)
		return;
	if (!(s->flags & NAT_FORWARDED))
		nat_port_mark(&n->shared->ports[s->ext], s->key.proto, s->ext_port, false);
	n->stats.mappings--;
}

/* --- sessions --------------------------------------------------------------------------------- */

/* Takes a free number; 0 when all are taken. */
static uint32_t
number_take(struct nat *n)
{
	uint32_t number = n->free;

	if (number != 0) {
		n->free = n->session[number].next;
		return number;
	}
	return n->n_touched < n->max ? ++n->n_touched : 0;
}

static void
number_release(struct nat *n, uint32_t number)
{
	struct nat_session *s = &n->session[number];

	s->queue = NAT_QUEUE_NONE;
	s->next = n->free;
	n->free = number;
}

struct nat_session *
nat_open(struct worker *w, const struct nat_key *key, uint16_t ext, rte_be32_t ext_addr,
	rte_be16_t ext_port, uint8_t rule, uint8_t flags)
{
	struct nat *n = w->nat;
	uint64_t hash = nat_hash(n->shared, key);
	uint32_t number, first;
	struct nat_session *s;

	if (!nat_host_take(n, key->in_addr)) {
		n->stats.over_host_limit++;
		return NULL;
	}
	number = number_take(n);
	if (number == 0 && nat_evict(w)) {
		n->stats.evicted++;
		number = number_take(n);
	}
	if (number == 0)
		goto none;
	s = &n->session[number];
	*s = (struct nat_session){
		.key = *key,
		.ext_addr = ext_addr,
		.ext_port = ext_port,
		.ext = ext,
		.last_s = (uint32_t)w->now_s,
		.delta_ip = nat_delta(key->in_addr, 0, ext_addr, 0),
		.delta_l4 = nat_delta(key->in_addr, key->in_port, ext_addr, ext_port),
		.rule = rule,
		.flags = flags,
	};
	if (!slot_replace(n, hash, 0, SLOT_MAKE(hash, number)))
		goto no_slot;
	/*
	 * Eviction may have ended the mapping that the caller saw; it starts again with the same
	 * port.
	 */
	first = atomic_load_explicit(first_of(n, s), memory_order_relaxed);
	if (first != 0)
		mapping_join(n, s, first);
	else if (!mapping_begin(n, s))
		goto no_mapping;
	nat_enqueue(w, s);
	n->stats.sessions++;
	n->stats.peak = RTE_MAX(n->stats.peak, n->stats.sessions);
	n->stats.opened++;
	if (flags & NAT_FROM_OUTSIDE)
		n->stats.opened_from_outside++;
	if (flags & NAT_FORWARDED)
		n->destination[rule].sessions++;
	else
		n->source[rule].sessions++;
	return s;

no_mapping:
	slot_replace(n, hash, SLOT_MAKE(hash, number), 0);
no_slot:
	number_release(n, number);
none:
	nat_host_release(n, key->in_addr);
	n->stats.out_of_sessions++;
	return NULL;
}

void
nat_close(struct nat *n, struct nat_session *s)
{
	uint64_t hash = nat_hash(n->shared, &s->key);
	uint32_t number = number_of(n, s);

	nat_dequeue(n, s);
	mapping_leave(n, s);
	slot_replace(n, hash, SLOT_MAKE(hash, number), 0);
	nat_host_release(n, s->key.in_addr);
	number_release(n, number);
	n->stats.sessions--;
}
