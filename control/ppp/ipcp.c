/* SPDX-License-Identifier: BSD-3-Clause */
#include "ipcp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "ppp_internal.h"

/* --- options --------------------------------------------------------------------------------- */

static bool
address_ask(struct ppp *p, struct wr *value)
{
	wr_be32(value, p->ipcp.net.local);
	return !p->ipcp.no_address;
}

/* We do not take another address. If the peer keeps suggesting one, we omit the option. */
static void
address_nakd(struct ppp *p, struct rd value)
{
	(void)value;
	if (++p->ipcp.address_naks >= PPP_MAX_FAILURE)
		p->ipcp.no_address = true;
}

static void
address_rejected(struct ppp *p)
{
	p->ipcp.no_address = true;
}

/* Only one address is acceptable. */
static enum ppp_opinion
judge_value(struct rd value, be32 right, struct wr *want)
{
	be32 addr = rd_be32(&value);

	if (rd_done(&value) && addr == right)
		return PPP_OPT_ACK;
	wr_be32(want, right);
	return PPP_OPT_NAK;
}

static enum ppp_opinion
address_judge(struct ppp *p, struct rd value, struct wr *want)
{
	return judge_value(value, p->ipcp.net.peer, want);
}

static bool
address_missing(struct ppp *p, struct wr *want)
{
	wr_be32(want, p->ipcp.net.peer);
	return true;
}

static enum ppp_opinion
dns1_judge(struct ppp *p, struct rd value, struct wr *want)
{
	be32 dns = p->ipcp.net.dns[0];

	return dns == 0 ? PPP_OPT_REJ : judge_value(value, dns, want);
}

static enum ppp_opinion
dns2_judge(struct ppp *p, struct rd value, struct wr *want)
{
	be32 dns = p->ipcp.net.dns[1];

	return dns == 0 ? PPP_OPT_REJ : judge_value(value, dns, want);
}

static void
addresses_print(struct rd value, char *buf, size_t size)
{
	char a[IP_STR_LEN], b[IP_STR_LEN];
	be32 first = rd_be32(&value);

	snprintf(buf, size, "%s %s", ip_str(first, a), ip_str(rd_be32(&value), b));
}

static void
compression_print(struct rd value, char *buf, size_t size)
{
	uint16_t protocol = rd_u16(&value);

	if (protocol == 0x002d)
		snprintf(buf, size, "VJ");
	else
		snprintf(buf, size, "0x%04x", protocol);
}

/*
 * The old option for both addresses (RFC 1172) is rejected, as RFC 1332 requires. The fast path
 * does not support header compression, and there are no NetBIOS name servers.
 */
/* clang-format off */
static const struct ppp_opt opts[] = {
	{IPCP_OPT_ADDRESSES, .name = "addrs", .print = addresses_print},
	{IPCP_OPT_COMPRESSION, .name = "compress", .print = compression_print},
	{IPCP_OPT_ADDRESS, .keep = true, .name = "addr", .ask = address_ask, .nakd = address_nakd,
		.rejected = address_rejected, .judge = address_judge, .missing = address_missing,
		.print = ppp_opt_print_addr},
	{IPCP_OPT_DNS1, .name = "ms-dns1", .judge = dns1_judge, .print = ppp_opt_print_addr},
	{IPCP_OPT_WINS1, .name = "ms-wins1", .print = ppp_opt_print_addr},
	{IPCP_OPT_DNS2, .name = "ms-dns2", .judge = dns2_judge, .print = ppp_opt_print_addr},
	{IPCP_OPT_WINS2, .name = "ms-wins2", .print = ppp_opt_print_addr},
};
/* clang-format on */

/* --- layers ---------------------------------------------------------------------------------- */

/* A request of the peer changes nothing until it is acknowledged. */
static void
peer_begin(struct ppp *p)
{
	(void)p;
}

static void
open_link(struct ppp *p)
{
	const struct lcp *l = &p->lcp;
	struct ppp_link link = {
		.net = p->ipcp.net,
		.mtu = l->peer_mru < p->config.mtu ? l->peer_mru : p->config.mtu,
		.pfc = l->pfc,
		.acfc = l->acfc,
	};

	p->ev.up(p->arg, &link);
}

/*
 * The peer has all that it needs. It may be in Opened and send data, if only its Ack was lost. So
 * data may pass, and proves that.
 */
static void
acked(struct ppp *p)
{
	p->ipcp.data_heard = false;
	open_link(p);
}

void
ipcp_heard(struct ppp *p)
{
	/* The first data may have been sent before the peer got our Ack. */
	if (p->ipcp.data_heard)
		ppp_cp_implied_ack(&p->ipcp.cp);
	p->ipcp.data_heard = true;
}

static void
up(struct ppp *p)
{
	char local[IP_STR_LEN], peer[IP_STR_LEN];

	log_info(PPP, p->who, "ipcp is open: local %s, peer %s", ip_str(p->ipcp.net.local, local),
		ip_str(p->ipcp.net.peer, peer));
	open_link(p);
}

/* The data path stays up: either a renegotiation follows, which leads to `up`, or the link ends. */
static void
down(struct ppp *p)
{
	if (ppp_may_log(p))
		log_info(PPP, p->who, "ipcp is down");
}

static void
finished(struct ppp *p)
{
	char text[PPP_TEXT_MAX];

	snprintf(text, sizeof(text), "%s", p->text[0] != '\0' ? p->text : "no answer to IPCP");
	ppp_terminate(p, PPP_WHY_NEGOTIATE, text);
}

/* IPCP is the only network protocol, so the link ends with it. */
static void
terminated(struct ppp *p, struct rd data)
{
	(void)data;
	ppp_terminate(p, PPP_WHY_PEER, "the peer terminated IPCP");
}

void
ipcp_init(struct ppp *p)
{
	static const struct ppp_cp_ops ops = {
		.name = "ipcp",
		.protocol = PPP_IPCP,
		.opts = opts,
		.n_opts = sizeof(opts) / sizeof(opts[0]),
		.peer_begin = peer_begin,
		.acked = acked,
		.up = up,
		.down = down,
		.finished = finished,
		.terminated = terminated,
	};

	ppp_cp_init(&p->ipcp.cp, p, &ops);
}

void
ipcp_begin(struct ppp *p)
{
	struct ipcp *i = &p->ipcp;
	struct ppp_net net = {0};
	uint8_t *held;
	int rc = p->ev.address(p->arg, &net);

	/* The owner may have closed the link. */
	if (p->over || p->phase != PPP_NETWORK)
		return;
	i->waiting = rc == -EAGAIN;
	if (rc == -EAGAIN)
		return;
	if (rc != 0) {
		ppp_terminate(p, PPP_WHY_NO_ADDRESS, "");
		return;
	}
	i->net = net;
	i->no_address = false;
	i->address_naks = 0;
	held = i->held;
	i->held = NULL;
	ppp_cp_event(&i->cp, PPP_EV_OPEN);
	ppp_cp_event(&i->cp, PPP_EV_UP);
	if (held != NULL)
		ppp_cp_input(&i->cp, rd_init(held, i->held_len));
	free(held);
}

void
ipcp_stop(struct ppp *p)
{
	struct ipcp *i = &p->ipcp;

	ppp_cp_event(&i->cp, PPP_EV_DOWN);
	timer_stop(&i->cp.restart);
	i->waiting = false;
	free(i->held);
	i->held = NULL;
}

void
ipcp_input(struct ppp *p, struct rd packet)
{
	struct ipcp *i = &p->ipcp;

	if (!i->waiting) {
		ppp_cp_input(&i->cp, packet);
		return;
	}
	/* The last packet is processed when there is an address. */
	if (rd_left(&packet) == 0 || rd_left(&packet) > IPCP_HELD_MAX)
		return;
	free(i->held);
	i->held_len = rd_left(&packet);
	i->held = malloc(i->held_len);
	if (i->held != NULL)
		memcpy(i->held, packet.p, i->held_len);
}
