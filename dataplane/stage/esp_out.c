/* SPDX-License-Identifier: BSD-3-Clause */
/* SEAL -> TO_WAN: encrypts datagrams to clients in one burst over all SAs (RFC 4303, 3.3). */
#include <rte_ip.h>
#include <rte_udp.h>

#include "cksum.h"
#include "esp.h"
#include "ipv4_hdr.h"
#include "stages.h"

#define SEQ_LAST UINT32_MAX /* RFC 4303, 3.3.3: must not wrap around */

/*
 * The IV of CBC is the encrypted sequence number (NIST SP 800-38A, appendix C): the number is the
 * first block of the plaintext, encrypted under a zero IV, and the result is the IV on the wire.
 */
static const alignas(16) uint8_t zero_iv[SUITE_IV_MAX];

/*
 * Appends the padding 1, 2, 3, ..., its length and the next header (RFC 4303, 2.4 to 2.6), and room
 * for the ICV.
 */
static inline bool
write_trailer(struct rte_mbuf *m, const struct sa_crypto *c)
{
	uint8_t pad_len = (uint8_t)((c->block - (m->data_len + ESP_TRAILER_LEN) % c->block) %
				    c->block);
	uint8_t *p = (uint8_t *)rte_pktmbuf_append(
		m, (uint16_t)(pad_len + ESP_TRAILER_LEN + c->icv_len));

	/* IPsec-MB may write a tag longer than the ICV (suite_job()). */
	if (unlikely(p == NULL || rte_pktmbuf_tailroom(m) < SUITE_TAG_SLACK))
		return false;
	for (uint8_t i = 0; i < pad_len; i++)
		p[i] = (uint8_t)(i + 1);
	p[pad_len] = pad_len;
	p[pad_len + 1] = ESP_NEXT_UDP;
	return true;
}

static inline void
write_nonce(uint8_t *iv, uint8_t iv_len, uint64_t seq)
{
	rte_be64_t n = rte_cpu_to_be_64(seq);

	memset(iv, 0, iv_len);
	memcpy(iv + iv_len - sizeof(n), &n, sizeof(n));
}

/* Prepends the outer headers from the template and fills in what changes. */
static inline bool
write_headers(struct rte_mbuf *m, struct sa_out *out)
{
	uint8_t *p = (uint8_t *)rte_pktmbuf_prepend(
		m, (uint16_t)(out->hdr_len + out->crypto.iv_len));
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)p;
	rte_be32_t seq = rte_cpu_to_be_32((uint32_t)out->seq);
	uint32_t sum;

	if (unlikely(p == NULL))
		return false;
	memcpy(p, out->hdr, out->hdr_len);
	memcpy(p + out->hdr_len - sizeof(seq), &seq, sizeof(seq));
	write_nonce(p + out->hdr_len, out->crypto.iv_len, out->seq);
	ip->total_length = rte_cpu_to_be_16(m->data_len);
	ip->packet_id = rte_cpu_to_be_16(out->ip_id++);
	sum = (uint32_t)ip->hdr_checksum + ip->total_length + ip->packet_id;
	ip->hdr_checksum = cksum_fold(sum);
	if (out->hdr_len == SA_OUT_HDR_MAX) {
		struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);

		udp->dgram_len = rte_cpu_to_be_16((uint16_t)(m->data_len - sizeof(*ip)));
	}
	return true;
}

/* Adds sequence number, headers and trailer; DROP_N on success. */
static inline enum drop_reason
prepare(const struct worker *w, struct rte_mbuf *m, struct sa_out *out)
{
	if (unlikely(out == NULL))
		return DROP_NO_SA_OUT;
	if (unlikely(out->seq >= SEQ_LAST))
		return DROP_SEQ_END;
	out->seq++;
	if (unlikely(!write_trailer(m, &out->crypto) || !write_headers(m, out)))
		return DROP_NO_BUFFER;
	if (unlikely(w->copy_dscp_out))
		ipv4_set_dscp(rte_pktmbuf_mtod(m, struct rte_ipv4_hdr *), (uint8_t)m->hash.usr);
	return DROP_N;
}

/* Turns datagrams into ESP packets that are still to be encrypted; ctx becomes the SA. */
static void
esp_prepare(struct worker *w, struct lane *l)
{
	uint16_t k = 0;

	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct sess *s = l->ctx[i];
		struct sa_out *out = atomic_load_explicit(&s->out, memory_order_acquire);
		enum drop_reason why = prepare(w, m, out);

		if (unlikely(why != DROP_N)) {
			drop(w, m, why);
			continue;
		}
		l->ctx[i] = out;
		LANE_KEEP(l, k, i);
	}
	l->n = k;
}

/* Bytes in front of the ESP header. */
static inline uint32_t
outer_len(const struct sa_out *out)
{
	return out->hdr_len - (uint32_t)ESP_HEADER_LEN;
}

static inline void
fill_job(IMB_JOB *job, const struct lane *l, uint16_t i, void *arg)
{
	uint8_t(*nonce)[SUITE_NONCE_LEN] = arg;
	const struct sa_out *out = l->ctx[i];
	uint8_t *esp = rte_pktmbuf_mtod_offset(l->pkt[i], uint8_t *, outer_len(out));
	uint32_t covered = l->pkt[i]->data_len - outer_len(out) - out->crypto.icv_len;

	suite_job(job, &out->crypto);
	job->cipher_direction = IMB_DIR_ENCRYPT;
	job->chain_order = IMB_ORDER_CIPHER_HASH;
	job->src = esp;
	job->dst = esp + ESP_HEADER_LEN;
	job->iv = zero_iv;
	job->cipher_start_src_offset_in_bytes = ESP_HEADER_LEN;
	job->msg_len_to_cipher_in_bytes = covered - ESP_HEADER_LEN;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = covered;
	job->auth_tag_output = esp + covered;
	if (suite_is_gcm(&out->crypto)) {
		uint32_t skip = ESP_HEADER_LEN + (uint32_t)out->crypto.iv_len;

		suite_job_gcm(job, &out->crypto, esp, nonce[i]);
		job->dst = esp + skip;
		job->cipher_start_src_offset_in_bytes = skip;
		job->msg_len_to_cipher_in_bytes = covered - skip;
	}
}

static inline void
prefetch(const struct worker *w, const struct lane *l, uint16_t i)
{
	(void)w;
	esp_prefetch_keys(&((const struct sa_out *)l->ctx[i])->crypto);
}

#define COUNT_AHEAD 4 /* packets; the crypto has evicted the SAs from the nearest cache */

void
esp_out(struct worker *w)
{
	struct lane *l = &w->lane[LANE_SEAL];
	uint8_t nonce[LANE_MAX][SUITE_NONCE_LEN];
	bool done[LANE_MAX];

	esp_prepare(w, l);
	esp_burst(w, l, (struct esp_work){fill_job, prefetch, nonce}, done);
	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->pkt[i];
		struct sa_out *out = l->ctx[i];

		if (likely(i + COUNT_AHEAD < l->n))
			rte_prefetch0(&((struct sa_out *)l->ctx[i + COUNT_AHEAD])->packets);
		if (unlikely(!done[i])) {
			drop(w, m, DROP_CRYPTO);
			continue;
		}
		out->packets++;
		out->bytes += m->data_len - outer_len(out);
		lane_append(&w->lane[LANE_TO_WAN], m, NULL);
	}
	l->n = 0;
}
