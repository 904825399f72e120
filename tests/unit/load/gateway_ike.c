/* SPDX-License-Identifier: BSD-3-Clause */
/* The ISAKMP SAs and pairs of the gateway. */
#include <string.h>

#include "gateway.h"
#include "no_events.h"

static void
on_send(void *arg, struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len)
{
	(void)sa;
	(void)remote;
	gw_enqueue(arg, true, true, ntohs(local->port), msg, len);
}

static void
on_contact(void *arg, struct ike_sa *sa)
{
	struct gw *g = arg;

	(void)sa;
	g->contacts++;
}

static be32
on_spi_take(void *arg, struct ike_sa *sa)
{
	struct gw *g = arg;

	(void)sa;
	return htonl(0x1000u + g->next_spi++);
}

static int
on_child_new(void *arg, struct ike_sa *sa, const struct ike_child *child)
{
	struct gw *g = arg;

	(void)sa;
	assert_true(g->n_pairs < GW_PAIRS);
	g->pair[g->n_pairs++] = *child;
	return 0;
}

static void
on_child_up(void *arg, struct ike_sa *sa, be32 spi_in)
{
	struct gw *g = arg;

	(void)sa;
	(void)spi_in;
	g->pair_ups++;
}

static void
drop_pair(struct gw *g, be32 spi_in, be32 spi_out)
{
	for (unsigned i = 0; i < g->n_pairs; i++)
		if (g->pair[i].spi_in == spi_in || g->pair[i].spi_out == spi_out) {
			g->pair[i] = g->pair[--g->n_pairs];
			return;
		}
}

static void
on_child_gone(void *arg, struct ike_sa *sa, be32 spi_in)
{
	(void)sa;
	drop_pair(arg, spi_in, 0);
}

static void
on_esp_deleted(void *arg, struct ike_sa *sa, be32 spi_out)
{
	struct gw *g = arg;

	(void)sa;
	g->deletes++;
	drop_pair(g, 0, spi_out);
}

static void
on_down(void *arg, struct ike_sa *sa, enum ike_why why)
{
	struct gw *g = arg;
	unsigned left = 0;

	(void)why;
	for (unsigned i = 0; i < GW_SAS; i++) {
		if (g->sa[i] == sa)
			g->sa[i] = NULL;
		left += g->sa[i] != NULL;
	}
	if (left == 0)
		g->over = true;
}

void
gw_ike_init(struct gw *g)
{
	g->ike_events = no_events();
	g->ike_events.send = on_send;
	g->ike_events.initial_contact = on_contact;
	g->ike_events.spi_take = on_spi_take;
	g->ike_events.child_new = on_child_new;
	g->ike_events.child_up = on_child_up;
	g->ike_events.child_gone = on_child_gone;
	g->ike_events.esp_deleted = on_esp_deleted;
	g->ike_events.down = on_down;
}

void
gw_ike_in(struct gw *g, const struct gw_packet *p)
{
	struct ip_end local = {inet_addr(GW_ADDRESS), htons(p->port)};
	struct ip_end remote = {
		inet_addr(GW_OUTSIDE), htons(g->nat ? (uint16_t)(p->port + 40000) : p->port)};
	static const uint8_t none[8];
	struct ike_sa_info info;
	struct ike_header h;

	assert_true(ike_header_read(p->bytes, p->len, &h));
	for (unsigned i = 0; i < GW_SAS; i++) {
		if (g->sa[i] == NULL)
			continue;
		ike_sa_info(g->sa[i], &info);
		if (memcmp(info.icookie, h.icookie, 8) != 0)
			continue;
		ike_sa_input(g->sa[i], &local, &remote, p->bytes, p->len);
		return;
	}
	if (memcmp(h.rcookie, none, 8) != 0)
		return;
	for (unsigned i = 0; i < GW_SAS; i++) {
		if (g->sa[i] != NULL)
			continue;
		g->sa[i] = ike_sa_new(
			&g->ike, &g->timers, &g->ike_events, g, &local, &remote, "gateway");
		assert_non_null(g->sa[i]);
		ike_sa_input(g->sa[i], &local, &remote, p->bytes, p->len);
		return;
	}
	fail_msg("too many ISAKMP SAs");
}
