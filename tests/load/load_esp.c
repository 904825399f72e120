/* SPDX-License-Identifier: BSD-3-Clause */
/* ESP of clients (RFC 4303): the data plane's stage encrypts; bursts over all SAs are decrypted. */
#include <string.h>

#include "esp.h"
#include "stages.h"
#include "load.h"
#include "replay.h"

static uint32_t
seq_of(const struct rte_mbuf *m)
{
	return rte_be_to_cpu_32(rte_pktmbuf_mtod(m, const struct esp_header *)->seq);
}

static bool
length_fits(const struct sa_crypto *c, uint32_t len)
{
	uint32_t around = ESP_HEADER_LEN + (uint32_t)c->iv_len + c->icv_len;

	return len >= around + c->block && ((len - around) & (c->block - 1u)) == 0;
}

void
load_esp_in(struct load *l, struct peer *p, struct sa_in *sa, struct rte_mbuf *m)
{
	struct esp_batch *b = &l->open;

	if (!length_fits(&sa->crypto, m->data_len)) {
		l->esp.bad++;
		rte_pktmbuf_free(m);
		return;
	}
	b->pkt[b->n] = m;
	b->peer[b->n] = p;
	b->sa[b->n] = sa;
	if (++b->n == ESP_BATCH)
		load_esp_open(l);
}

/* Removes header, IV, trailer and ICV; false if the padding is wrong. */
static bool
trim(struct rte_mbuf *m, const struct sa_crypto *c)
{
	uint32_t head = ESP_HEADER_LEN + (uint32_t)c->iv_len;
	const uint8_t *trailer = rte_pktmbuf_mtod_offset(
		m, const uint8_t *, m->data_len - c->icv_len - ESP_TRAILER_LEN);
	uint32_t inside = m->data_len - head - c->icv_len;

	if (trailer[0] + (uint32_t)ESP_TRAILER_LEN > inside || trailer[1] != ESP_NEXT_UDP)
		return false;
	for (uint8_t i = 0; i < trailer[0]; i++)
		if (trailer[-1 - i] != trailer[0] - i)
			return false;
	rte_pktmbuf_trim(m, (uint16_t)(c->icv_len + ESP_TRAILER_LEN + trailer[0]));
	rte_pktmbuf_adj(m, (uint16_t)head);
	return true;
}

static void
judge(struct load *l, struct peer *p, struct sa_in *sa, struct rte_mbuf *m, const uint8_t *icv)
{
	const uint8_t *theirs = rte_pktmbuf_mtod_offset(
		m, const uint8_t *, m->data_len - sa->crypto.icv_len);

	if (memcmp(theirs, icv, sa->crypto.icv_len) != 0) {
		l->esp.bad++;
	} else if (!replay_mark(sa, seq_of(m))) {
		l->esp.replayed++;
	} else if (!trim(m, &sa->crypto)) {
		l->esp.bad++;
	} else {
		load_wan_opened(l, p, m);
		return;
	}
	rte_pktmbuf_free(m);
}

void
load_esp_open(struct load *l)
{
	uint8_t icv[ESP_BATCH][SUITE_ICV_MAX], nonce[ESP_BATCH][SUITE_NONCE_LEN];
	IMB_JOB *jobs[ESP_BATCH];
	struct esp_batch b;
	uint32_t n;

	if (l->open.n == 0)
		return;
	/* The calls below may add to the batch. */
	b = l->open;
	l->open.n = 0;
	for (uint16_t at = 0; at < b.n; at = (uint16_t)(at + n)) {
		n = IMB_GET_NEXT_BURST(l->w->mb, (uint32_t)(b.n - at), jobs);
		for (uint32_t i = at; i < at + n; i++) {
			const struct sa_crypto *c = &b.sa[i]->crypto;

			esp_job_open(jobs[i - at], c, rte_pktmbuf_mtod(b.pkt[i], uint8_t *),
				b.pkt[i]->data_len - (uint32_t)c->icv_len, icv[i], nonce[i]);
		}
		IMB_SUBMIT_BURST_NOCHECK(l->w->mb, n, jobs);
		while (IMB_FLUSH_BURST(l->w->mb, ESP_BATCH, jobs) != 0)
			;
	}
	for (uint16_t i = 0; i < b.n; i++)
		judge(l, b.peer[i], b.sa[i], b.pkt[i], icv[i]);
}

void
load_esp_seal(struct load *l)
{
	struct lane *out = &l->w->lane[LANE_TO_WAN];

	if (l->w->lane[LANE_SEAL].n == 0)
		return;
	esp_out(l->w);
	for (uint16_t i = 0; i < out->n; i++) {
		load_hostile_sealed(l, out->pkt[i]);
		load_wan_ip(l, out->pkt[i]);
	}
	out->n = 0;
}
