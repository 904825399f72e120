/* SPDX-License-Identifier: BSD-3-Clause */
/* Main mode as initiator (RFC 2409, section 5.4). */
#ifndef IKE_RENEW_H
#define IKE_RENEW_H

#include "ike_main.h"

/* Handlers of messages 2, 4 and 6. */
enum ike_result ike_renew_sa(struct ike_main_step *s);
enum ike_result ike_renew_ke(struct ike_main_step *s);
enum ike_result ike_renew_auth(struct ike_main_step *s);

/* A message of ours has been sent: it is retransmitted until the peer answers. */
void ike_renew_wait(struct ike_sa *sa);

/* Retransmits it; false after the last time. */
bool ike_renew_again(struct ike_sa *sa);

#endif
