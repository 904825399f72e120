/* SPDX-License-Identifier: BSD-3-Clause */
/* Sequence numbers of L2TP data messages (RFC 2661, 5.4). */
#ifndef L2TP_OUT_H
#define L2TP_OUT_H

#include "worker.h"

/*
 * Numbers a data message that control injects, data at the UDP header: sets Ns to the session's
 * next number if the S bit is set. Control leaves Ns 0.
 */
void l2tp_number(struct rte_mbuf *m, struct sess *s);

#endif
