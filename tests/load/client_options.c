/* SPDX-License-Identifier: BSD-3-Clause */
/* The options of LCP and IPCP (RFC 1661, 6; RFC 1332, 3; RFC 1877). */
#include <string.h>

#include "client_internal.h"
#include "crypto/rng.h"

/* --- LCP -------------------------------------------------------------------------------------- */

static void
lcp_value(struct client *c, const struct profile_opt *opt, struct wr *w)
{
	if (opt->type == LCP_OPT_MAGIC)
		wr_u32(w, c->ppp.magic);
	else if (opt->type == LCP_OPT_MRU && c->ppp.mru != 0)
		wr_u16(w, c->ppp.mru);
	else
		wr_bytes(w, opt->value, opt->len);
}

static bool
lcp_nakd(struct client *c, uint8_t type, struct rd value)
{
	if (type == LCP_OPT_MRU) {
		c->ppp.mru = rd_u16(&value);
		return !value.bad;
	}
	if (type == LCP_OPT_MAGIC) {
		c->ppp.magic = rng_u32() | 1;
		return true;
	}
	return false;
}

static enum ppp_opinion
lcp_judge(struct client *c, uint8_t type, struct rd value, struct wr *want)
{
	switch (type) {
	case LCP_OPT_MRU:
		return rd_left(&value) == 2 ? PPP_OPT_ACK : PPP_OPT_REJ;
	case LCP_OPT_ASYNCMAP:
	case LCP_OPT_MAGIC:
		return rd_left(&value) == 4 ? PPP_OPT_ACK : PPP_OPT_REJ;
	case LCP_OPT_AUTH:
		wr_u16(want, PPP_CHAP);
		wr_u8(want, CHAP_MSCHAP_V2);
		return rd_left(&value) == 3 && memcmp(value.p, want->start, 3) == 0 ? PPP_OPT_ACK
										    : PPP_OPT_NAK;
	case LCP_OPT_PFC:
		c->ppp.pfc = true;
		return PPP_OPT_ACK;
	case LCP_OPT_ACFC:
		c->ppp.acfc = true;
		return PPP_OPT_ACK;
	default:
		return PPP_OPT_REJ;
	}
}

static void
lcp_clear(struct client *c)
{
	c->ppp.pfc = c->ppp.acfc = false;
}

const struct client_cp_kind client_lcp_kind = {"LCP", PPP_LCP, lcp_value, lcp_nakd, lcp_judge,
	lcp_clear, client_ppp_lcp_up, client_ppp_lcp_down};

/* --- IPCP ------------------------------------------------------------------------------------- */

/* Where the address of an option is kept; NULL: it is not an address. */
static be32 *
address(struct client *c, uint8_t type)
{
	if (type == IPCP_OPT_ADDRESS)
		return &c->ppp.addr[0];
	if (type >= IPCP_OPT_DNS1 && type <= IPCP_OPT_WINS2)
		return &c->ppp.addr[1 + type - IPCP_OPT_DNS1];
	return NULL;
}

static void
ipcp_value(struct client *c, const struct profile_opt *opt, struct wr *w)
{
	const be32 *addr = address(c, opt->type);

	if (opt->type == IPCP_OPT_ADDRESSES) {
		wr_be32(w, c->ppp.addr[0]);
		wr_be32(w, c->ppp.old_peer);
	} else if (addr != NULL) {
		wr_be32(w, *addr);
	} else {
		wr_bytes(w, opt->value, opt->len);
	}
}

static bool
ipcp_nakd(struct client *c, uint8_t type, struct rd value)
{
	be32 *addr = address(c, type), want = rd_be32(&value);

	/* The deprecated pair, the client's address and the gateway's (RFC 1172, 5.1). */
	if (type == IPCP_OPT_ADDRESSES) {
		be32 peer = rd_be32(&value);

		if (!rd_done(&value) || want == 0 || peer == 0)
			return false;
		c->ppp.addr[0] = want;
		c->ppp.old_peer = peer;
		return true;
	}
	if (addr == NULL || !rd_done(&value) || want == 0)
		return false;
	*addr = want;
	return true;
}

static enum ppp_opinion
ipcp_judge(struct client *c, uint8_t type, struct rd value, struct wr *want)
{
	be32 addr = rd_be32(&value);

	(void)want;
	if (type != IPCP_OPT_ADDRESS || !rd_done(&value) || addr == 0)
		return PPP_OPT_REJ;
	c->ppp.peer = addr;
	return PPP_OPT_ACK;
}

static void
ipcp_clear(struct client *c)
{
	c->ppp.peer = 0;
}

static void
ipcp_down(struct client *c)
{
	(void)c;
}

const struct client_cp_kind client_ipcp_kind = {
	"IPCP", PPP_IPCP, ipcp_value, ipcp_nakd, ipcp_judge, ipcp_clear, client_ppp_up, ipcp_down};
