/* SPDX-License-Identifier: BSD-3-Clause */
#include "ike_natt.h"

#include <string.h>

#include "ike_sa.h"

/* HASH(CKY-I | CKY-R | address | port) (RFC 3947, 3.2) */
static int
nat_hash(const struct ike_sa *sa, const struct ip_end *end, uint8_t out[HASH_MAX])
{
	const struct part parts[] = {
		{sa->icookie, 8},
		{sa->rcookie, 8},
		{&end->addr, 4},
		{&end->port, 2},
	};

	return hash_parts(sa->suite.hash, parts, 4, out);
}

static uint8_t
natd_type(const struct ike_sa *sa)
{
	return sa->vendors.natt == IKE_NATT_RFC ? ISAKMP_NATD : ISAKMP_NATD_DRAFT;
}

void
ike_natt_write(struct ike_out *o, const struct ike_sa *sa)
{
	size_t len = hash_len(sa->suite.hash);
	uint8_t hash[HASH_MAX];

	/* The peer's end first, then ours (RFC 3947, 3.2). */
	if (nat_hash(sa, &sa->remote, hash) == 0)
		ike_out_bytes(o, natd_type(sa), hash, len);
	if (nat_hash(sa, &sa->local, hash) == 0)
		ike_out_bytes(o, natd_type(sa), hash, len);
}

static bool
matches(const struct ike_sa *sa, struct rd body, const struct ip_end *end)
{
	size_t len = hash_len(sa->suite.hash);
	const uint8_t *theirs = rd_bytes(&body, len);
	uint8_t hash[HASH_MAX];

	return theirs != NULL && rd_done(&body) && nat_hash(sa, end, hash) == 0 &&
	       memcmp(theirs, hash, len) == 0;
}

void
ike_natt_read(struct ike_sa *sa, const struct ike_msg *m)
{
	const struct ike_payload *p = ike_payload_get(m, ISAKMP_NATD, 0);
	bool peer_seen = false;

	if (p == NULL)
		return;
	sa->nat_us = !matches(sa, p->body, &sa->local);
	for (unsigned i = 1; (p = ike_payload_get(m, ISAKMP_NATD, i)) != NULL; i++)
		peer_seen |= matches(sa, p->body, &sa->remote);
	sa->nat_peer = !peer_seen;
	if (sa->nat_peer || sa->nat_us)
		log_info(IKE, sa->who, "%s behind a NAT",
			!sa->nat_us     ? "the peer is"
			: !sa->nat_peer ? "the gateway is"
					: "the peer and the gateway are");
}

static void
write_oa(struct ike_out *o, uint8_t type, be32 addr)
{
	size_t at = ike_out_open(o, type);

	wr_u8(&o->w, ISAKMP_ID_IPV4);
	wr_zero(&o->w, 3);
	wr_be32(&o->w, addr);
	ike_out_close(o, at);
}

void
ike_natt_write_oa(struct ike_out *o, const struct ike_sa *sa, const struct ike_msg *m)
{
	bool rfc = sa->vendors.natt == IKE_NATT_RFC;
	uint8_t type = rfc ? ISAKMP_NATOA : ISAKMP_NATOA_DRAFT;

	if (!sa->natt)
		return;
	/* The initiator's first. In draft -02, each end sends only its own. */
	if (m == NULL) {
		write_oa(o, type, sa->local.addr);
		if (rfc)
			write_oa(o, type, sa->remote.addr);
		return;
	}
	if (ike_payload_get(m, ISAKMP_NATOA, 0) == NULL)
		return;
	if (ike_payload_get(m, ISAKMP_NATOA, 1) != NULL)
		write_oa(o, type, sa->remote.addr);
	write_oa(o, type, sa->local.addr);
}
