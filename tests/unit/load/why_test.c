/* SPDX-License-Identifier: BSD-3-Clause */
/* A client that does not come up, or goes down, gives the reason. */
#include "gateway.h"

#include <stdlib.h>
#include <string.h>

static void
expect(struct gw *g, uint64_t ms, enum client_why why, const char *text)
{
	assert_true(gw_run(g, ms, gw_is_down));
	if (g->why != why)
		fail_msg("ended for %s: %s", client_why_name(g->why), g->text);
	if (strstr(g->text, text) == NULL)
		fail_msg("'%s' is not in '%s'", text, g->text);
	assert_int_equal(g->downs, 1);
	gw_fini(g);
}

static bool
in_quick_mode(const struct gw *g)
{
	return client_phase(g->c) == CLIENT_QUICK_MODE;
}

static bool
in_l2tp(const struct gw *g)
{
	return client_phase(g->c) == CLIENT_L2TP;
}

static bool
in_ppp(const struct gw *g)
{
	return client_phase(g->c) == CLIENT_PPP;
}

static struct gw *new (void)
{
	static struct gw g;

	gw_init(&g, "windows11");
	return &g;
}

/* Cuts the network as soon as the client is in the phase. */
static struct gw *
cut_in(bool (*phase)(const struct gw *))
{
	struct gw *g = new ();

	client_connect(g->c);
	if (phase != NULL)
		assert_true(gw_run(g, 5000, phase));
	g->cut = true;
	return g;
}

static void
test_timeouts(void **state)
{
	struct gw *g;

	(void)state;
	g = new ();
	g->cut = true;
	client_connect(g->c);
	expect(g, 60000, CLIENT_WHY_IKE_TIMEOUT, "message 1");
	expect(cut_in(in_quick_mode), 60000, CLIENT_WHY_QUICK_TIMEOUT, "");
	expect(cut_in(in_l2tp), 60000, CLIENT_WHY_L2TP_TIMEOUT, "SCCRQ");
	expect(cut_in(in_ppp), 60000, CLIENT_WHY_L2TP_TIMEOUT, "ICCN");
	g = new ();
	g->no_data = true;
	g->config.ppp_timeout_ms = 10000; /* shorter than the gateway's */
	client_connect(g->c);
	expect(g, 60000, CLIENT_WHY_PPP_TIMEOUT, "in time");
	/* Windows does not check whether the gateway is alive; xl2tpd does. */
	g = new ();
	gw_fini(g);
	gw_init(g, "strongswan");
	gw_connect(g);
	g->cut = true;
	expect(g, 300000, CLIENT_WHY_DEAD, "");
	g = new ();
	gw_fini(g);
	gw_init(g, "macos");
	gw_connect(g);
	g->cut = true;
	expect(g, 300000, CLIENT_WHY_DEAD, "");
}

/* The owner's timeout replaces the profile's. */
static void
test_patience(void **state)
{
	struct gw *g = new ();

	(void)state;
	g->config.ike_timeout_ms = 500;
	g->cut = true;
	client_connect(g->c);
	expect(g, 600, CLIENT_WHY_IKE_TIMEOUT, "in time");
}

static void
test_wrong_key(void **state)
{
	struct gw *g = new ();

	(void)state;
	g->config.psk = "another";
	g->config.psk_len = 7;
	client_connect(g->c);
	expect(g, 5000, CLIENT_WHY_IKE_AUTH, "PAYLOAD_MALFORMED");
}

/* As strongSwan does: its refusal is protected with its own key. */
static void
protect_refusal(struct gw *g, const struct gw_packet *p)
{
	(void)g;
	if (p->ike && p->bytes[18] == IKE_INFORMATIONAL)
		p->bytes[19] |= 1;
}

static void
test_wrong_key_protected(void **state)
{
	struct gw *g = new ();

	(void)state;
	g->config.psk = "another";
	g->config.psk_len = 7;
	g->tap = protect_refusal;
	client_connect(g->c);
	expect(g, 5000, CLIENT_WHY_IKE_AUTH, "does not verify");
}

static void
test_wrong_password(void **state)
{
	struct gw *g = new ();

	(void)state;
	g->id.password = "wrong";
	gw_nat(g); /* makes a new client */
	client_connect(g->c);
	expect(g, 10000, CLIENT_WHY_PPP_AUTH, "E=691");
}

/* No offered proposal is configured. */
static void
test_no_proposal(void **state)
{
	struct gw *g = new ();

	(void)state;
	g->ike.n_suites = 0;
	assert_int_equal(
		ike_suite_parse("aes256-sha512-modp4096", &g->ike.suites[g->ike.n_suites++]), 0);
	client_connect(g->c);
	expect(g, 5000, CLIENT_WHY_IKE_REFUSED, "NO_PROPOSAL_CHOSEN");
	g = new ();
	g->ike.n_esp = 1;
	g->ike.esp[0] = esp_suite_find("aes256-sha256");
	client_connect(g->c);
	expect(g, 5000, CLIENT_WHY_QUICK_REFUSED, "NO_PROPOSAL_CHOSEN");
}

static void
test_owner_refuses(void **state)
{
	struct gw *g = new ();

	(void)state;
	g->refuse_child = 1;
	client_connect(g->c);
	expect(g, 5000, CLIENT_WHY_INTERNAL, "owner");
}

/* The gateway ends a connection, in each possible way. */
static void
test_gateway_ends(void **state)
{
	struct gw *g = new ();

	(void)state;
	gw_connect(g);
	l2tp_close(g->l2tp, L2TP_CDN_ADMIN, "go away");
	expect(g, 5000, CLIENT_WHY_PEER, "go away");
	g = new ();
	gw_connect(g);
	ppp_close(g->ppp, "go away");
	expect(g, 5000, CLIENT_WHY_PEER, "LCP");
	g = new ();
	gw_connect(g);
	ike_sa_delete(g->sa[0]);
	g->sa[0] = NULL;
	expect(g, 5000, CLIENT_WHY_PEER, "ISAKMP SA");
	g = new ();
	gw_connect(g);
	ike_sa_send_delete_esp(g->sa[0], &g->pair[0].spi_in, 1);
	expect(g, 5000, CLIENT_WHY_PEER, "ESP pair");
}

/* Whenever the client is told to disconnect, it does, and leaves nothing behind. */
static void
test_leave_any_time(void **state)
{
	(void)state;
	for (unsigned ms = 0; ms < 800; ms += 10) {
		struct gw *g = new ();

		client_connect(g->c);
		gw_run(g, ms, NULL);
		client_disconnect(g->c);
		assert_true(gw_run(g, 15000, gw_is_down));
		assert_int_equal(g->why, CLIENT_WHY_LOCAL);
		gw_fini(g);
	}
}

static void
test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CLIENT_N_WHYS; i++) {
		assert_non_null(client_why_name((enum client_why)i));
		assert_non_null(client_why_str((enum client_why)i));
	}
	for (unsigned i = 0; i < CLIENT_N_PHASES; i++)
		assert_non_null(client_phase_name((enum client_phase)i));
	assert_null(profile_find("none"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeouts),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_wrong_key),
		cmocka_unit_test(test_wrong_key_protected),
		cmocka_unit_test(test_wrong_password),
		cmocka_unit_test(test_no_proposal),
		cmocka_unit_test(test_owner_refuses),
		cmocka_unit_test(test_gateway_ends),
		cmocka_unit_test(test_leave_any_time),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
