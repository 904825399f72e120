/* SPDX-License-Identifier: BSD-3-Clause */
/* UP: decrypts ESP from clients in one burst over all SAs (RFC 4303, 3.4). */
#include "esp.h"
#include "rebind.h"
#include "replay.h"
#include "stages.h"

static inline uint32_t
seq_of(const struct rte_mbuf *m)
{
	return rte_be_to_cpu_32(rte_pktmbuf_mtod(m, const struct esp_header *)->seq);
}

/* Whether there is ciphertext of whole blocks, at least one, between IV and ICV. */
static inline bool
length_fits(const struct sa_crypto *c, uint32_t len)
{
	uint32_t around = ESP_HEADER_LEN + (uint32_t)c->iv_len + c->icv_len;

	return len >= around + c->block && ((len - around) & (c->block - 1u)) == 0;
}

/* The SA published in the slot that the SPI names, perhaps NULL or another SPI's; prefetches it. */
static inline struct sa_in *
look_up(const struct worker *w, const struct rte_mbuf *m)
{
	uint32_t slot = ID_SLOT(
		rte_be_to_cpu_32(rte_pktmbuf_mtod(m, const struct esp_header *)->spi));
	struct sa_in *sa;

	if (unlikely(slot >= w->n_sa_slots))
		return NULL;
	sa = atomic_load_explicit(&w->sa_in[slot], memory_order_acquire);
	if (likely(sa != NULL)) {
		rte_prefetch0(sa);
		rte_prefetch0(&sa->bits[replay_index(w->replay_window, seq_of(m))]);
	}
	return sa;
}

/*
 * Keeps packets that are long enough to have an SPI; ctx becomes the SA in its slot, perhaps NULL.
 */
static void
esp_find(struct worker *w, struct lane *l)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];

		if (unlikely(m->data_len < ESP_HEADER_LEN)) {
			drop(w, m, DROP_ESP_SHORT);
			continue;
		}
		l->ctx[i] = look_up(w, m);
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

/* DROP_N when the packet may belong to the SA, as far as that shows without decryption. */
static inline enum drop_reason
judge(struct sa_in *sa, const struct rte_mbuf *m)
{
	if (unlikely(sa == NULL || sa->spi != rte_pktmbuf_mtod(m, const struct esp_header *)->spi))
		return DROP_ESP_NO_SA;
	if (unlikely(sa->udp_encap != ((m->hash.usr & ESP_OUTER_MASK) == ESP_OUTER_UDP)))
		return DROP_ESP_ENCAP;
	if (unlikely(!length_fits(&sa->crypto, m->data_len)))
		return DROP_ESP_SHORT;
	if (unlikely(!replay_ok(sa, seq_of(m)))) {
		sa->replayed++;
		return DROP_ESP_REPLAY;
	}
	return DROP_N;
}

/* Keeps the packets of a live SA whose sequence number is new. */
static void
esp_check(struct worker *w, struct lane *l)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		const struct sa_in *sa = l->ctx[i];
		enum drop_reason why = judge(l->ctx[i], m);

		if (unlikely(why != DROP_N)) {
			drop(w, m, why);
			continue;
		}
		rte_prefetch0(&w->sess[ID_SLOT(sa->sid)]);
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

/* Prefetches the keys, and the session for l2tp_in. */
static inline void
prefetch(const struct worker *w, const struct lane *l, uint16_t i)
{
	const struct sa_in *sa = l->ctx[i];

	esp_prefetch_keys(&sa->crypto);
	rte_prefetch0(sess_find_ahead(w, sa->sid));
}

/* Results of the crypto, by the packet's index in the lane. */
struct opened {
	uint8_t icv[LANE_MAX][SUITE_ICV_MAX];
	uint8_t nonce[LANE_MAX][SUITE_NONCE_LEN];
	bool done[LANE_MAX];
};

static inline void
fill_job(IMB_JOB *job, const struct lane *l, uint16_t i, void *arg)
{
	const struct sa_crypto *c = &((const struct sa_in *)l->ctx[i])->crypto;
	uint32_t covered = l->pkt[i]->data_len - (uint32_t)c->icv_len;
	struct opened *o = arg;

	esp_job_open(
		job, c, rte_pktmbuf_mtod(l->pkt[i], uint8_t *), covered, o->icv[i], o->nonce[i]);
}

/* Compares in constant time. */
static inline bool
icv_good(const uint8_t *a, const uint8_t *b, uint8_t len)
{
	uint8_t differ = 0;

	for (uint8_t i = 0; i < len; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

/* Whether the padding is 1, 2, 3, ... (RFC 4303, 2.4). */
static inline bool
padding_good(const uint8_t *trailer, uint8_t pad_len)
{
	for (uint8_t i = 0; i < pad_len; i++)
		if (trailer[-1 - i] != pad_len - i)
			return false;
	return true;
}

/* Counts a verified packet. */
static inline void
count_good(const struct worker *w, struct sa_in *sa, const struct rte_mbuf *m)
{
	sa->packets++;
	sa->bytes += m->data_len;
	if (sa->last_s != (uint32_t)w->now_s)
		sa->last_s = (uint32_t)w->now_s;
}

/* Removes header, IV, padding and ICV of a verified packet; DROP_N on success. */
static inline enum drop_reason
trim(struct rte_mbuf *m, const struct sa_crypto *c)
{
	uint32_t head = ESP_HEADER_LEN + (uint32_t)c->iv_len;
	const uint8_t *end = rte_pktmbuf_mtod_offset(m, const uint8_t *, m->data_len - c->icv_len);
	const uint8_t *trailer = end - ESP_TRAILER_LEN;
	uint32_t inside = m->data_len - head - c->icv_len;
	uint8_t pad_len = trailer[0];

	if (unlikely(pad_len + (uint32_t)ESP_TRAILER_LEN > inside ||
		     !padding_good(trailer, pad_len)))
		return DROP_ESP_PAD;
	if (unlikely(trailer[1] != ESP_NEXT_UDP))
		return DROP_ESP_NEXT_HEADER;
	rte_pktmbuf_trim(m, (uint16_t)(c->icv_len + ESP_TRAILER_LEN + pad_len));
	rte_pktmbuf_adj(m, (uint16_t)head);
	return DROP_N;
}

#define VERIFY_AHEAD 4

/* The crypto has evicted these from the nearest cache. */
static inline void
verify_prefetch(const struct lane *l, unsigned i)
{
	const struct rte_mbuf *m = l->pkt[i];

	rte_prefetch0(l->ctx[i]);
	rte_prefetch0(rte_pktmbuf_mtod_offset(m, const char *, m->data_len - 1));
}

/* Keeps packets that are authentic and not seen before, with data at the UDP header. */
static void
esp_verify(struct worker *w, struct lane *l, const struct opened *o)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct sa_in *sa = l->ctx[i];
		uint8_t icv_len = sa->crypto.icv_len;
		const uint8_t *icv = rte_pktmbuf_mtod_offset(
			m, const uint8_t *, m->data_len - icv_len);
		enum drop_reason why;

		if (likely(i + VERIFY_AHEAD < l->n))
			verify_prefetch(l, i + VERIFY_AHEAD);
		if (unlikely(!o->done[i])) {
			drop(w, m, DROP_CRYPTO);
			continue;
		}
		if (unlikely(!icv_good(icv, o->icv[i], icv_len))) {
			sa->bad++;
			drop(w, m, DROP_ESP_ICV);
			continue;
		}
		if (unlikely(!replay_mark(sa, seq_of(m)))) {
			sa->replayed++;
			drop(w, m, DROP_ESP_REPLAY);
			continue;
		}
		count_good(w, sa, m);
		if (sa->udp_encap)
			rebind_check(w, sa, m, seq_of(m));
		why = trim(m, &sa->crypto);
		if (unlikely(why != DROP_N)) {
			drop(w, m, why);
			continue;
		}
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

void
esp_in(struct worker *w)
{
	struct lane *l = &w->lane[LANE_UP];
	struct opened o;

	esp_find(w, l);
	esp_check(w, l);
	esp_burst(w, l, (struct esp_work){fill_job, prefetch, &o}, o.done);
	esp_verify(w, l, &o);
}
