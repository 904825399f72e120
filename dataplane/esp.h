/* SPDX-License-Identifier: BSD-3-Clause */
/* What opening and sealing ESP have in common (RFC 4303). */
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

/* Notes which jobs are complete. */
static inline void
esp_done(IMB_JOB *const *jobs, uint32_t n, bool *done)
{
	for (uint32_t i = 0; i < n; i++)
		done[(uintptr_t)jobs[i]->user_data] = jobs[i]->status == IMB_STATUS_COMPLETED;
}

/*
 * Runs a job for each packet of the lane, in bursts over all SAs, to the end. fill(job, l, i, arg)
 * makes the job of packet i; done[i] tells whether its crypto was done.
 */
static __rte_always_inline void
esp_burst(struct worker *w, const struct lane *l,
	void (*fill)(IMB_JOB *job, const struct lane *l, uint16_t i, void *arg), void *arg,
	bool *done)
{
	IMB_JOB *jobs[IMB_MAX_BURST_SIZE];
	uint32_t n, ready;

	memset(done, 0, l->n);
	for (uint16_t at = 0; at < l->n; at = (uint16_t)(at + n)) {
		n = RTE_MIN((uint32_t)(l->n - at), (uint32_t)IMB_MAX_BURST_SIZE);
		n = IMB_GET_NEXT_BURST(w->mb, n, jobs);
		if (unlikely(n == 0))
			return;
		for (uint32_t i = 0; i < n; i++) {
			fill(jobs[i], l, (uint16_t)(at + i), arg);
			jobs[i]->user_data = (void *)(uintptr_t)(at + i);
		}
		ready = IMB_SUBMIT_BURST_NOCHECK(w->mb, n, jobs);
		esp_done(jobs, ready, done);
		while ((ready = IMB_FLUSH_BURST(w->mb, IMB_MAX_BURST_SIZE, jobs)) != 0)
			esp_done(jobs, ready, done);
	}
}

#endif
