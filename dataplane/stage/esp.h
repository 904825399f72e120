/* SPDX-License-Identifier: BSD-3-Clause */
/* What decryption and encryption of ESP have in common (RFC 4303). */
#ifndef ESP_H
#define ESP_H

#include <string.h>
#include <rte_mbuf.h>

#include "suite.h"
#include "worker.h"

#define ESP_HEADER_LEN  8 /* SPI, sequence number */
#define ESP_TRAILER_LEN 2 /* pad length, next header */
#define ESP_NEXT_UDP    17

struct esp_header {
	rte_be32_t spi;
	rte_be32_t seq;
} __rte_packed;
static_assert(sizeof(struct esp_header) == ESP_HEADER_LEN, "RFC 4303, section 2");

/* Prefetches the keys and schedules; the SA is in the cache already. */
static inline void
esp_prefetch_keys(const struct sa_crypto *c)
{
	for (uint32_t i = 0; i < c->keys_lines; i++)
		rte_prefetch0(c->keys + i * RTE_CACHE_LINE_SIZE);
}

/*
 * Fills in a job that decrypts a packet. esp: its ESP header; covered: its length without the ICV.
 * The job writes the expected ICV to icv; nonce is room for the nonce of AES-GCM. Both must live
 * until the job is done.
 */
static inline void
esp_job_open(IMB_JOB *job, const struct sa_crypto *c, uint8_t *esp, uint32_t covered,
	uint8_t icv[SUITE_ICV_MAX], uint8_t nonce[SUITE_NONCE_LEN])
{
	uint32_t skip = ESP_HEADER_LEN + (uint32_t)c->iv_len;

	suite_job(job, c);
	job->cipher_direction = IMB_DIR_DECRYPT;
	job->chain_order = IMB_ORDER_HASH_CIPHER;
	job->src = esp;
	job->dst = esp + skip;
	job->iv = esp + ESP_HEADER_LEN;
	job->cipher_start_src_offset_in_bytes = skip;
	job->msg_len_to_cipher_in_bytes = covered - skip;
	job->hash_start_src_offset_in_bytes = 0;
	job->msg_len_to_hash_in_bytes = covered;
	job->auth_tag_output = icv;
	if (suite_is_gcm(c))
		suite_job_gcm(job, c, esp, nonce);
}

/* Records which jobs are complete. */
static inline void
esp_done(IMB_JOB *const *jobs, uint32_t n, bool *done)
{
	for (uint32_t i = 0; i < n; i++)
		done[(uintptr_t)jobs[i]->user_data] = jobs[i]->status == IMB_STATUS_COMPLETED;
}

/* Completes the jobs that IPsec-MB holds; returns their number. */
static inline uint32_t
esp_flush(struct worker *w, IMB_JOB **jobs, bool *done)
{
	uint32_t ready = IMB_FLUSH_BURST(w->mb, IMB_MAX_BURST_SIZE, jobs);

	esp_done(jobs, ready, done);
	return ready;
}

/*
 * Jobs are submitted in small bursts, and the data of a packet is prefetched as many packets ahead,
 * so that the cache misses of many sessions overlap with the crypto of others. Prefetching the
 * whole lane at once would make the fetches wait for each other.
 */
#define ESP_BURST 8
#define ESP_AHEAD 8

/* How the jobs for the packets of a lane are made. */
struct esp_work {
	void (*fill)(IMB_JOB *job, const struct lane *l, uint16_t i, void *arg);
	void (*prefetch)(const struct worker *w, const struct lane *l, uint16_t i);
	void *arg;
};

/*
 * Runs a job for each packet of the lane, over all SAs, to completion. fill(job, l, i, arg) fills
 * in the job of packet i; done[i] tells whether its crypto succeeded.
 */
static __rte_always_inline void
esp_burst(struct worker *w, const struct lane *l, const struct esp_work work, bool *done)
{
	IMB_JOB *jobs[IMB_MAX_BURST_SIZE];
	uint32_t n, ready, waiting = 0;

	memset(done, 0, l->n);
	for (uint16_t i = 0; i < RTE_MIN(l->n, ESP_AHEAD); i++)
		work.prefetch(w, l, i);
	for (uint16_t at = 0; at < l->n; at = (uint16_t)(at + n)) {
		/*
		 * Jobs complete in order: those of a rare suite hold up all that were submitted
		 * after them, and a full queue loses jobs (IPsec-MB 1.3).
		 */
		if (unlikely(waiting + ESP_BURST > IMB_MAX_BURST_SIZE))
			waiting -= esp_flush(w, jobs, done);
		n = RTE_MIN((uint32_t)(l->n - at), (uint32_t)ESP_BURST);
		n = IMB_GET_NEXT_BURST(w->mb, n, jobs);
		if (unlikely(n == 0))
			break;
		for (uint32_t i = 0; i < n; i++) {
			if (at + i + ESP_AHEAD < l->n)
				work.prefetch(w, l, (uint16_t)(at + i + ESP_AHEAD));
			work.fill(jobs[i], l, (uint16_t)(at + i), work.arg);
			jobs[i]->user_data = (void *)(uintptr_t)(at + i);
		}
		ready = IMB_SUBMIT_BURST_NOCHECK(w->mb, n, jobs);
		esp_done(jobs, ready, done);
		waiting += n - ready;
	}
	while (esp_flush(w, jobs, done) != 0)
		;
}

#endif
