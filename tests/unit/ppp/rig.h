/* SPDX-License-Identifier: BSD-3-Clause */
/* A link under test: its clock, a record of its events, and frames in hex. */
#ifndef PPP_RIG_H
#define PPP_RIG_H

#include <errno.h>

#include "crypto/legacy.h"
#include "ppp_internal.h"
#include "unit.h"

#define LOCAL "192.168.0.254"
#define LEASE "192.168.0.7"
#define DNS1  "192.168.0.53"

struct rig_frame {
	size_t len;
	uint8_t bytes[PPP_FRAME_MAX];
};

struct rig {
	struct timers timers;
	struct ppp *p;
	unsigned n_sent, next; /* next: the first that rig_expect() has not seen */
	struct rig_frame sent[64];
	/* If set, takes what is sent, instead of sent[]. */
	void (*on_sent)(struct rig *, const uint8_t *frame, size_t len);
	void *net_arg;
	unsigned auths, addresses, ups, downs;
	struct ppp_auth auth;
	struct ppp_link link;
	enum ppp_why why;
	char text[128];
	/* What the owner does. */
	struct ppp_net net;
	int address_rc;
	bool judge; /* immediately: `password` is right for `user` */
	const char *user, *password;
	bool close_in_auth, close_in_address, close_in_up;
};

static inline void
rig_on_send(void *arg, const uint8_t *frame, size_t len)
{
	struct rig *r = arg;

	assert_int_equal(r->downs, 0);
	assert_true(len >= 8 && len <= PPP_FRAME_MAX);
	assert_true(frame[0] == 0xff && frame[1] == 0x03);
	if (r->on_sent != NULL) {
		r->on_sent(r, frame, len);
		return;
	}
	assert_true(r->n_sent < 64);
	memcpy(r->sent[r->n_sent].bytes, frame, len);
	r->sent[r->n_sent++].len = len;
}

static inline void
rig_judge(struct rig *r)
{
	uint8_t hash[MSCHAP_NT_HASH_LEN];
	char answer[MSCHAP_AUTH_LEN + 1] = "";
	const char *slash = strrchr(r->auth.user, '\\');
	const char *name = slash ? slash + 1 : r->auth.user;
	bool good;

	assert_int_equal(mschap_nt_hash(r->password, hash), 0);
	good = strcmp(name, r->user) == 0 &&
	       mschap_verify(hash, r->auth.challenge, name, r->auth.response, answer);
	ppp_auth_done(r->p, good ? PPP_AUTH_OK : PPP_AUTH_WRONG, answer);
}

static inline void
rig_on_auth(void *arg, const struct ppp_auth *auth)
{
	struct rig *r = arg;

	assert_int_equal(r->downs, 0);
	r->auths++;
	r->auth = *auth;
	if (r->close_in_auth)
		ppp_close(r->p, "no");
	if (r->judge)
		rig_judge(r);
}

static inline int
rig_on_address(void *arg, struct ppp_net *net)
{
	struct rig *r = arg;

	assert_int_equal(r->downs, 0);
	r->addresses++;
	*net = r->net;
	if (r->close_in_address)
		ppp_close(r->p, "no");
	return r->address_rc;
}

static inline void
rig_on_up(void *arg, const struct ppp_link *link)
{
	struct rig *r = arg;

	assert_int_equal(r->downs, 0);
	r->ups++;
	r->link = *link;
	if (r->close_in_up)
		ppp_close(r->p, "no");
}

static inline void
rig_on_down(void *arg, enum ppp_why why, const char *text)
{
	struct rig *r = arg;

	assert_int_equal(r->downs, 0);
	r->downs++;
	r->why = why;
	snprintf(r->text, sizeof(r->text), "%s", text);
}

static inline struct rig *
rig_new(uint32_t echo_s)
{
	const struct ppp_config config = {.mru = 1400,
		.mtu = 1400,
		.name = "gate",
		.echo_s = echo_s,
		.echo_max = 3,
		.auth_tries = 3};
	const struct ppp_events events = {
		rig_on_send, rig_on_auth, rig_on_address, rig_on_up, rig_on_down};
	struct rig *r = calloc(1, sizeof(*r));

	assert_non_null(r);
	assert_int_equal(legacy_init(), 0);
	log_set_level_all(getenv("PPP_TEST_LOG") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERR);
	timers_init(&r->timers, 1000000);
	r->user = "user-01";
	r->password = "password123";
	r->judge = true;
	r->net = (struct ppp_net){unit_addr(LOCAL), unit_addr(LEASE), {unit_addr(DNS1), 0}};
	r->p = ppp_new(&config, &r->timers, &events, r, "test");
	assert_non_null(r->p);
	return r;
}

static inline void
rig_free(struct rig *r)
{
	ppp_free(r->p);
	unit_no_timers(&r->timers);
	free(r);
}

static inline void
rig_wait(struct rig *r, uint64_t ms)
{
	unit_wait(&r->timers, ms);
}

static inline void
rig_forget(struct rig *r)
{
	r->n_sent = r->next = 0;
}

static inline void
rig_input(struct rig *r, const uint8_t *frame, size_t len)
{
	uint8_t *copy = unit_exact(frame, len);

	ppp_input(r->p, copy, len);
	free(copy);
}

/* Passes a packet of a protocol: code, identifier, and its data in hex. */
static inline void
rig_feed(struct rig *r, uint16_t protocol, uint8_t code, uint8_t id, const char *hex)
{
	uint8_t data[PPP_FRAME_MAX], frame[PPP_FRAME_MAX];
	size_t n = unit_hex(hex, data, sizeof(data));
	struct wr w = wr_init(frame, sizeof(frame));

	wr_u16(&w, 0xff03);
	wr_u16(&w, protocol);
	wr_u8(&w, code);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(4 + n));
	wr_bytes(&w, data, n);
	assert_false(w.bad);
	rig_input(r, frame, wr_len(&w));
}

/* Expects this as the next frame, with any data if hex is NULL. Returns its identifier. */
static inline uint8_t
rig_expect(struct rig *r, uint16_t protocol, uint8_t code, const char *hex)
{
	const struct rig_frame *f = &r->sent[r->next];
	uint8_t data[PPP_FRAME_MAX];
	size_t n;

	assert_true(r->next < r->n_sent);
	r->next++;
	assert_int_equal(f->bytes[2] << 8 | f->bytes[3], protocol);
	assert_int_equal(f->bytes[4], code);
	assert_int_equal((f->bytes[6] << 8 | f->bytes[7]) + 4, f->len);
	if (hex != NULL) {
		n = unit_hex(hex, data, sizeof(data));
		assert_int_equal(f->len - 8, n);
		assert_memory_equal(f->bytes + 8, data, n);
	}
	return f->bytes[5];
}

/* Asserts that nothing more was sent. */
static inline void
rig_silent(struct rig *r)
{
	assert_int_equal(r->next, r->n_sent);
	rig_forget(r);
}

/* The data of the frame that rig_expect() saw last. */
static inline struct rd
rig_seen(struct rig *r)
{
	const struct rig_frame *f = &r->sent[r->next - 1];

	return rd_init(f->bytes + 8, f->len - 8);
}

/* Answers the frame that rig_expect() saw last with its own data: an Ack, or a Reject of all. */
static inline void
rig_return(struct rig *r, uint8_t code)
{
	struct rig_frame f = r->sent[r->next - 1];

	f.bytes[4] = code;
	rig_input(r, f.bytes, f.len);
}

/*
 * Opens LCP with a peer that requests these options. The Challenge is sent, and not yet expected.
 */
static inline void
rig_lcp_up(struct rig *r, const char *peer_options)
{
	ppp_open(r->p);
	rig_expect(r, PPP_LCP, PPP_CONF_REQ, NULL);
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_LCP, PPP_CONF_REQ, 1, peer_options);
	rig_expect(r, PPP_LCP, PPP_CONF_ACK, peer_options);
	assert_int_equal(r->p->lcp.cp.state, PPP_OPENED);
}

/* Sends a Response to this challenge. */
static inline void
rig_respond(struct rig *r, uint8_t id, const uint8_t challenge[16], const char *user,
	const char *password)
{
	uint8_t hash[16], frame[512], value[MSCHAP_RESPONSE_LEN] = {0};
	const char *slash = strrchr(user, '\\');
	struct wr w = wr_init(frame, sizeof(frame));

	memset(value, 0x5a, 16); /* peer challenge */
	assert_int_equal(mschap_nt_hash(password, hash), 0);
	assert_int_equal(
		mschap_nt_response(challenge, value, slash ? slash + 1 : user, hash, value + 24),
		0);
	wr_u32(&w, 0xff03c223);
	wr_u8(&w, CHAP_RESPONSE);
	wr_u8(&w, id);
	wr_u16(&w, (uint16_t)(5 + sizeof(value) + strlen(user)));
	wr_u8(&w, sizeof(value));
	wr_bytes(&w, value, sizeof(value));
	wr_bytes(&w, user, strlen(user));
	rig_input(r, frame, wr_len(&w));
}

/* Expects the Challenge, takes its value and returns its identifier. */
static inline uint8_t
rig_challenge(struct rig *r, uint8_t challenge[16])
{
	uint8_t id = rig_expect(r, PPP_CHAP, CHAP_CHALLENGE, NULL);
	struct rd data = rig_seen(r);
	const uint8_t *value;

	assert_int_equal(rd_u8(&data), 16);
	value = rd_bytes(&data, 16);
	assert_non_null(value);
	memcpy(challenge, value, 16);
	assert_int_equal(rd_left(&data), 4);
	assert_memory_equal(data.p, "gate", 4);
	return id;
}

/* Runs LCP and authentication. The first request of IPCP is sent, and not yet expected. */
static inline void
rig_auth_up(struct rig *r, const char *peer_options)
{
	uint8_t challenge[16], id;

	rig_lcp_up(r, peer_options);
	id = rig_challenge(r, challenge);
	rig_respond(r, id, challenge, "user-01", "password123");
	assert_int_equal(rig_expect(r, PPP_CHAP, CHAP_SUCCESS, NULL), id);
}

/* Brings the link up. */
static inline void
rig_up(struct rig *r, const char *peer_options)
{
	unsigned ups = r->ups;

	rig_auth_up(r, peer_options);
	rig_expect(r, PPP_IPCP, PPP_CONF_REQ, "0306c0a800fe");
	rig_return(r, PPP_CONF_ACK);
	rig_feed(r, PPP_IPCP, PPP_CONF_REQ, 1, "0306c0a80007");
	rig_expect(r, PPP_IPCP, PPP_CONF_ACK, "0306c0a80007");
	assert_int_equal(r->ups, ups + 1);
	rig_silent(r);
}

static inline void
rig_assert_down(struct rig *r, enum ppp_why why, const char *text)
{
	struct ppp_info info;

	assert_int_equal(r->downs, 1);
	assert_int_equal(r->why, why);
	assert_string_equal(r->text, text);
	ppp_info(r->p, &info);
	assert_string_equal(info.phase, "dead");
}

#endif
