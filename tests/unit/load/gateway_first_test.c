/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What other gateways do and kanmond does not: initiate a quick mode, send R-U-THERE, set the
 * commit bit, support only a draft of NAT traversal. The messages are protected with the client's
 * keys, which the gateway shares.
 */
#include "gateway.h"

#include <stdlib.h>
#include <string.h>

#include "client_internal.h"
#include "gate.h"

enum {
	MESSAGE_ID = 0x12345678,
};

static struct {
	uint8_t bytes[4096];
	size_t len;
	unsigned n;
	struct client_child child;
	unsigned childs;
} got;

static void
take(void *arg, uint16_t port, const uint8_t *msg, size_t len)
{
	(void)arg;
	(void)port;
	memcpy(got.bytes, msg, len);
	got.len = len;
	got.n++;
}

static int
take_child(void *arg, const struct client_child *child)
{
	(void)arg;
	got.child = *child;
	got.childs++;
	return 0;
}

/* Connects the client, whose messages the test looks at from now on. */
static struct gw *
up(const char *profile, bool nat)
{
	static struct gw g;

	gw_init(&g, profile);
	if (nat)
		gw_nat(&g);
	gw_connect(&g);
	memset(&got, 0, sizeof(got));
	g.c->ev.send_ike = take;
	g.c->ev.child_new = take_child;
	g.c->ev.child_gone = NULL;
	return &g;
}

/* Protects what is in o as the gateway does, and passes it to the client. */
static void
hand_over(struct gw *g, struct ike_out *o, uint8_t *iv)
{
	uint8_t bytes[4096];
	unsigned n = got.n;

	assert_true(client_ike_sealed(g->c->sa, o, iv, NULL));
	assert_int_equal(got.n, n + 1);
	got.n = n;
	memcpy(bytes, got.bytes, got.len);
	client_ike_input(g->c, g->c->sa->port, bytes, got.len);
}

static void
open_reply(struct gw *g, uint8_t *iv, uint8_t *clear, struct ike_msg *m)
{
	struct ike_header h;

	assert_true(ike_header_read(got.bytes, got.len, &h));
	assert_true(client_ike_open(g->c->sa, &h, got.bytes, got.len, iv, clear, m));
}

static void
put_id(struct ike_out *o, be32 addr)
{
	size_t at = ike_out_open(o, ISAKMP_ID);

	wr_u8(&o->w, ISAKMP_ID_IPV4);
	wr_u8(&o->w, 17);
	wr_u16(&o->w, 1701);
	wr_be32(&o->w, addr);
	ike_out_close(o, at);
}

static void
quick_mode(const char *profile, bool nat)
{
	struct gw *g = up(profile, nat);
	struct client_sa *sa = g->c->sa;
	uint8_t offer[2048], ni[32], iv[CBC_BLOCK_MAX], iv2[CBC_BLOCK_MAX], hash[HASH_MAX];
	uint8_t clear[4096], first[4096], reply[4096];
	const be32 spi = htonl(0xabcd1234);
	const struct ike_payload *p;
	struct esp_keys in, out;
	size_t at, len, reply_len;
	struct part nr;
	struct ike_msg m;
	struct ike_out o;

	memset(ni, 0x5a, sizeof(ni));
	len = client_offer_quick(g->c->config, spi,
		nat ? IPSEC_MODE_UDP_TRANSPORT : IPSEC_MODE_TRANSPORT, offer, sizeof(offer));
	client_ike_begin(&o, sa, IKE_QUICK_MODE, MESSAGE_ID);
	at = client_ike_hash_open(sa, &o);
	ike_out_bytes(&o, ISAKMP_SA, offer, len);
	ike_out_bytes(&o, ISAKMP_NONCE, ni, sizeof(ni));
	put_id(&o, g->c->gateway);
	put_id(&o, g->c->inside);
	assert_true(client_ike_hash_close(sa, &o, at, MESSAGE_ID, (struct part){NULL, 0}));
	assert_int_equal(ike_keys_iv(&sa->keys, MESSAGE_ID, iv), 0);
	hand_over(g, &o, iv);
	len = wr_len(&o.w);
	memcpy(first, o.buf, len);
	assert_int_equal(got.n, 1);
	assert_int_equal(got.childs, 1);
	assert_int_equal(got.child.spi_out, spi);
	assert_int_equal(got.child.udp_encap, nat);
	memcpy(reply, got.bytes, got.len);
	reply_len = got.len;
	/* HASH(2), the keys of both directions. */
	memcpy(iv2, iv, sizeof(iv));
	open_reply(g, iv2, clear, &m);
	assert_true(client_ike_hash_good(sa, &m, (struct part){ni, sizeof(ni)}));
	p = ike_payload_get(&m, ISAKMP_NONCE, 0);
	assert_non_null(p);
	nr = (struct part){p->body.p, rd_left(&p->body)};
	assert_int_equal(ike_keys_esp(&sa->keys, got.child.suite, spi, (struct part){NULL, 0},
				 (struct part){ni, sizeof(ni)}, nr, &out),
		0);
	assert_int_equal(ike_keys_esp(&sa->keys, got.child.suite, got.child.spi_in,
				 (struct part){NULL, 0}, (struct part){ni, sizeof(ni)}, nr, &in),
		0);
	assert_memory_equal(out.cipher, got.child.out.cipher, got.child.suite->cipher_key_len);
	assert_memory_equal(out.auth, got.child.out.auth, got.child.suite->auth_key_len);
	assert_memory_equal(in.cipher, got.child.in.cipher, got.child.suite->cipher_key_len);
	/* Message 1 again has the same answer and makes no second pair. */
	client_ike_input(g->c, sa->port, first, len);
	assert_int_equal(got.n, 2);
	assert_int_equal(got.childs, 1);
	assert_int_equal(got.len, reply_len);
	assert_memory_equal(got.bytes, reply, reply_len);
	/* Message 3 ends its retransmissions. */
	assert_int_equal(
		ike_keys_hash3(&sa->keys, MESSAGE_ID, (struct part){ni, sizeof(ni)}, nr, hash), 0);
	client_ike_begin(&o, sa, IKE_QUICK_MODE, MESSAGE_ID);
	ike_out_bytes(&o, ISAKMP_HASH, hash, hash_len(sa->keys.hash));
	hand_over(g, &o, iv2);
	got.n = 0;
	gw_run(g, 4000, NULL);
	assert_int_equal(got.n, 0);
	gw_fini(g);
}

static void
last(struct init_msg *m)
{
	memcpy(m->b, got.bytes, got.len);
	m->len = got.len;
}

static void
give(struct gw *g, const struct init_msg *m)
{
	uint8_t *copy = malloc(m->len);

	memcpy(copy, m->b, m->len);
	client_ike_input(g->c, IKE_PORT, copy, m->len);
	free(copy);
}

/* The gateway renews its ISAKMP SA, and initiates a quick mode with PFS in it. */
static void
main_mode(const char *profile)
{
	struct gw *g = up(profile, false);
	struct initiator_quick q = {.message_id = MESSAGE_ID, .spi = htonl(0x7777)};
	struct init_msg m, answer;
	struct initiator i;

	/* The initiator of these tests requires this identity. */
	g->c->inside = inet_addr(GW_ADDRESS);
	initiator_init(&i, "aes256-sha1-modp2048", GW_PSK);
	initiator_mm1(&i, &m);
	give(g, &m);
	last(&answer);
	initiator_mm3(&i, &answer, &m);
	give(g, &m);
	last(&answer);
	initiator_mm5(&i, &answer, false, &m);
	give(g, &m);
	/* The old one is deleted after message 6. */
	assert_true(got.n >= 3);
	assert_memory_equal(g->c->sa->icookie, i.icookie, 8);
	assert_int_equal(g->c->sa->state, CLIENT_SA_UP);
	assert_int_equal(client_phase(g->c), CLIENT_UP);
	/* Message 5 again has the same message 6. */
	give(g, &m);
	last(&answer);
	initiator_mm6(&i, &answer);
	initiator_qm1(&i, &q, "aes256-sha1", DH_MODP2048, 1701, 1701, &m);
	give(g, &m);
	assert_int_equal(got.childs, 1);
	last(&answer);
	initiator_qm3(&i, &q, &answer, &m);
	assert_int_equal(got.child.spi_out, q.spi);
	assert_memory_equal(q.in.cipher, got.child.in.cipher, 32);
	give(g, &m);
	assert_true(list_empty(&g->c->sa->quicks) ||
		    container_of(g->c->sa->quicks.next, struct client_quick, node)->state ==
			    CLIENT_QUICK_DONE);
	initiator_fini(&i);
	gw_fini(g);
}

static void
test_main_mode(void **state)
{
	(void)state;
	main_mode("windows11");
	main_mode("strongswan");
}

static void
test_quick_mode(void **state)
{
	(void)state;
	quick_mode("windows11", false);
	quick_mode("windows11", true);
	quick_mode("strongswan", false);
	quick_mode("android11", true);
}

/* Whether or not the client announced DPD, it answers. */
static void
test_dpd(void **state)
{
	uint8_t iv[CBC_BLOCK_MAX], clear[4096], spi[16];
	const uint8_t seq[4] = {0, 1, 2, 3};
	const struct ike_payload *p;
	struct ike_msg m;
	struct ike_out o;

	(void)state;
	for (size_t i = 0; profile_name(i) != NULL; i++) {
		struct gw *g = up(profile_name(i), false);
		struct client_sa *sa = g->c->sa;
		size_t at;

		memcpy(spi, sa->icookie, 8);
		memcpy(spi + 8, sa->rcookie, 8);
		client_ike_begin(&o, sa, IKE_INFORMATIONAL, MESSAGE_ID);
		at = client_ike_hash_open(sa, &o);
		ike_out_notify(&o, ISAKMP_PROTO_ISAKMP, spi, 16, ISAKMP_R_U_THERE, seq, 4);
		assert_true(client_ike_hash_close(sa, &o, at, MESSAGE_ID, (struct part){NULL, 0}));
		assert_int_equal(ike_keys_iv(&sa->keys, MESSAGE_ID, iv), 0);
		hand_over(g, &o, iv);
		assert_int_equal(got.n, 1);
		{
			struct ike_header h;

			assert_true(ike_header_read(got.bytes, got.len, &h));
			assert_int_equal(ike_keys_iv(&sa->keys, h.message_id, iv), 0);
		}
		open_reply(g, iv, clear, &m);
		assert_true(client_ike_hash_good(sa, &m, (struct part){NULL, 0}));
		p = ike_payload_get(&m, ISAKMP_NOTIFY, 0);
		assert_non_null(p);
		assert_int_equal(p->body.p[6] << 8 | p->body.p[7], ISAKMP_R_U_THERE_ACK & 0xffff);
		assert_memory_equal(p->body.end - 4, seq, 4);
		gw_fini(g);
	}
}

/* The hash does not cover the flag. */
static void
commit(struct gw *g, const struct gw_packet *p)
{
	(void)g;
	if (p->ike && p->bytes[18] == IKE_QUICK_MODE)
		p->bytes[19] |= ISAKMP_FLAG_COMMIT;
}

static void
test_commit_bit(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	g.tap = commit;
	gw_connect(&g);
	gw_fini(&g);
}

/* NAT traversal by drafts 03, 02 and 02\n, with a gateway that does not know RFC 3947. */
static void
test_drafts(void **state)
{
	static const char *const drafts[][2] = {
		{"7d9419a65310ca6f2c179d9215529d56", NULL},
		{"cd60464335df21f87cfdb2fc68b6a448", NULL},
		{"90cb80913ebb696e086381b5ec427b1f", NULL},
	};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct profile p = *profile_find("windows11");
		static struct gw g;

		gw_init(&g, "windows11");
		p.vendors = drafts[i];
		g.config.profile = &p;
		gw_nat(&g);
		gw_connect(&g);
		assert_true(g.child[0].udp_encap);
		assert_int_equal(g.c->sa->natt, IKE_NATT_DRAFT);
		gw_fini(&g);
	}
}

/* A gateway without NAT traversal, and a client behind a NAT that is not detected. */
static void
test_no_natt(void **state)
{
	static struct gw g;

	(void)state;
	gw_init(&g, "windows11");
	g.ike.natt = false;
	gw_connect(&g);
	assert_false(g.child[0].udp_encap);
	assert_int_equal(g.c->sa->port, IKE_PORT);
	gw_fini(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_quick_mode),
		cmocka_unit_test(test_main_mode),
		cmocka_unit_test(test_dpd),
		cmocka_unit_test(test_commit_bit),
		cmocka_unit_test(test_drafts),
		cmocka_unit_test(test_no_natt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
