/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the client only. */
#ifndef CLIENT_INTERNAL_H
#define CLIENT_INTERNAL_H

#include "client.h"
#include "profile_data.h"
#include "ike_id.h"
#include "ike_natt.h"
#include "ike_proposal.h"
#include "ike_sa.h"
#include "l2tp_impl.h"
#include "ppp_internal.h"

enum {
	CLIENT_PAIRS = 4, /* ESP pairs at a time */
	CLIENT_TEXT = 128,
	CLIENT_OLD_PAIR_MS = 5000, /* a replaced pair stays so long for packets under way */
	CLIENT_CLOSE_MS = 3000, /* each step of an orderly end waits so long at most */
	CLIENT_DONE_MS = 20000, /* a done quick mode stays to answer repeats */
	CLIENT_REKEY_PERCENT = 90, /* of a lifetime: then new keys */
	CLIENT_DPD_MAX = 5, /* questions in a row without an answer */
	CLIENT_NONCE_MAX = 48, /* ours */
	CLIENT_ADDRS = 5, /* IPCP: address, DNS 1, WINS 1, DNS 2, WINS 2 */
	CLIENT_EXTRA_TRIES = 3,
	CLIENT_L2TP_RETRANSMITS = 5, /* RFC 2661, 5.8, and xl2tpd: at least, and no more */
	CLIENT_INFORM_TRIES = 3, /* assumed */
	CLIENT_INFORM_MS = 4000, /* between them; assumed */
	CLIENT_KEEPALIVE_MS = 20000, /* RFC 3948, 4: the default */
};

/* Main mode's part of an ISAKMP SA, gone when it is up. */
struct client_main {
	struct dh *dh; /* gone when the secret is known */
	uint8_t ni[CLIENT_NONCE_MAX];
	size_t ke_len;
	uint8_t gxi[DH_MAX], gxr[DH_MAX];
};

enum client_sa_state {
	CLIENT_SA_1, /* message 1 is sent */
	CLIENT_SA_3,
	CLIENT_SA_5,
	CLIENT_SA_UP,
};

/* An ISAKMP SA. */
struct client_sa {
	struct client *c;
	enum client_sa_state state;
	uint8_t icookie[8], rcookie[8];
	uint16_t port; /* ours and the gateway's: 500, or 4500 after the float */
	struct ike_suite suite;
	struct ike_keys keys;
	struct client_main *main;
	enum ike_natt_kind natt; /* what both ends announced */
	bool nat; /* there is one: ESP in UDP */
	bool dpd, fragmentation; /* the gateway announced them */
	uint16_t fragments; /* messages sent in pieces so far */
	bool noise; /* to message 5 came an informational message that does not verify */
	uint32_t life_s;
	struct timer timer; /* repeats in main mode; then the lifetime */
	struct timer dpd_timer;
	uint32_t dpd_seq;
	unsigned dpd_unanswered;
	uint8_t *msg; /* the last of main mode, for its repeats */
	size_t msg_len;
	unsigned tries;
	struct list quicks;
};

enum client_quick_state {
	CLIENT_QUICK_1, /* ours: message 1 is sent */
	CLIENT_QUICK_2, /* the gateway's: our message 2 is sent */
	CLIENT_QUICK_DONE,
};

struct client_quick {
	struct list node;
	struct client_sa *sa;
	struct timer timer;
	enum client_quick_state state;
	uint32_t message_id;
	be32 spi_in;
	uint8_t iv[CBC_BLOCK_MAX];
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_MAX];
	uint16_t ni_len, nr_len;
	struct dh *dh; /* PFS; NULL: without */
	uint8_t digest[IKE_DIGEST_LEN]; /* of the message that msg answers */
	uint8_t *msg; /* our last */
	size_t msg_len;
	unsigned tries;
};

struct client_pair {
	struct client *c; /* NULL: free */
	be32 spi_in, spi_out;
	bool old; /* replaced */
	uint64_t made; /* order of making */
	uint64_t bytes, life_kb; /* passed, both ways; new keys before so many (0: none) */
	struct timer timer; /* new keys are due; old: to be deleted */
};

enum client_l2tp_state {
	CLIENT_L2TP_IDLE,
	CLIENT_L2TP_WAIT_SCCRP,
	CLIENT_L2TP_WAIT_ICRP,
	CLIENT_L2TP_UP,
	CLIENT_L2TP_STOPPING, /* our StopCCN is not acknowledged yet */
};

struct client_l2tp {
	enum client_l2tp_state state;
	struct l2tp_reliable rel;
	uint16_t tid, sid, peer_sid;
	struct timer hello;
};

/* A control protocol of PPP on RFC 1661's automaton. */
struct client_cp {
	struct client *c;
	const struct client_cp_kind *kind;
	enum ppp_state state;
	struct timer restart;
	uint8_t count, id, req_id;
	bool answered; /* our last request was */
	bool timed_out;
	uint16_t off; /* options of the profile that were rejected, as bits */
	uint8_t refused; /* Naks and Rejects in a row, either way */
};

struct client_ppp {
	bool begun;
	struct client_cp lcp, ipcp;
	uint16_t mru; /* 0: the profile's */
	uint32_t magic;
	bool pfc, acfc; /* asked for by the gateway, and granted */
	be32 addr[CLIENT_ADDRS];
	be32 peer, old_peer; /* the gateway's address in PPP; likewise, in the old pair */
	/* CHAP */
	bool answered, passed;
	struct timer chap_timer;
	uint8_t chap_seed[16]; /* of our challenges */
	uint8_t chap_id;
	uint8_t challenge[MSCHAP_CHALLENGE_LEN];
	uint8_t response[MSCHAP_RESPONSE_LEN];
	/* Requests of other protocols: bits of those that wait for an answer. */
	uint8_t extras, extra_tries;
	struct timer extra_timer, echo;
	uint8_t echo_id, unanswered;
};

struct client {
	const struct client_config *config;
	const struct profile *profile;
	struct timers *timers;
	struct client_events ev;
	void *arg;
	be32 inside, gateway;
	uint32_t number;
	char *user, *password, *host;

	enum client_phase phase;
	struct timer timer; /* the phase's end; closing: the step's */
	struct timer keepalive; /* armed while it is behind a NAT */
	struct timer idle; /* armed while its pair may fall idle */
	uint64_t used_ms; /* when a packet last passed */
	unsigned step; /* of the profile's close */
	unsigned depth; /* calls into the client that are not done */
	bool ended; /* `down` comes when they are */
	bool silent; /* without a word to anybody */
	enum client_why why;
	char text[CLIENT_TEXT];

	struct client_sa *sa, *next; /* in use; its successor in the making */
	struct {
		struct ike_sa *ike; /* a main mode that the gateway begins; NULL: none */
		struct ike_config *config;
		struct timer timer;
	} answer;
	struct client_pair pairs[CLIENT_PAIRS];
	uint64_t made;
	uint32_t spi_count;
	uint16_t tunnels; /* begun so far */
	struct client_l2tp l2tp;
	struct client_ppp ppp;
	struct {
		struct timer timer;
		uint32_t xid;
		uint8_t asked;
		bool waits;
	} inform; /* its DHCPINFORM */
};

/* client.c */

/* Every way in begins and ends with these; the second may say `down`. */
void client_enter(struct client *c);
void client_leave(struct client *c);
/* The client ends for this reason, when the call is done with. The first reason stays. */
void client_end(struct client *c, enum client_why why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Also (re)arms the phase's patience. */
void client_set_phase(struct client *c, enum client_phase phase);
/* It is behind a NAT: that is kept awake until the client is idle again. */
void client_keep_awake(struct client *c);
/* What the step of an orderly end waited for has happened. */
void client_step_done(struct client *c, enum profile_step step);
/* Text of a peer into buf, with what is not printable as '?'. */
const char *client_text(struct rd r, char *buf, size_t size);

/* client_pair.c */

/* A fresh SPI, host order as bytes go. */
be32 client_spi_make(struct client *c);
/* Takes a pair that quick mode made: those before it are old. False when the owner refuses it. */
bool client_pair_add(struct client *c, const struct client_child *child);
struct client_pair *client_pair_newest(struct client *c);
/* It is gone; the owner hears of it. */
void client_pair_drop(struct client_pair *p);

/* client_use.c */

void client_use_init(struct client *c);
/* A pair is there: its silence is watched from now on. */
void client_use_begin(struct client *c);

/* client_offer.c: SA payloads out of a profile */

/* Body of main mode's SA payload; its length. */
size_t client_offer_main(const struct profile *p, uint8_t *buf, size_t size);
/* Likewise of quick mode; its lifetime in kilobytes is this. */
size_t client_offer_quick(
	const struct client_config *config, be32 spi, uint16_t mode, uint8_t *buf, size_t size);
uint32_t client_offer_life_kb(const struct client_config *config);
/* The profile's offers as a configuration, so that the gateway's decoder reads answers to them. */
void client_offer_config(const struct profile *p, struct ike_config *out);
/* Bytes of a vendor ID's hex; the count. */
size_t client_offer_hex(const char *hex, uint8_t *buf, size_t size);

/* client_ike.c */

struct client_sa *client_sa_new(struct client *c, uint16_t port);
void client_sa_free(struct client_sa *sa);
void client_ike_begin(
	struct ike_out *o, const struct client_sa *sa, uint8_t exchange, uint32_t message_id);
/* Sends; keep gets a copy for repeats, if not NULL. False when it could not. */
struct client_kept {
	uint8_t **bytes;
	size_t *len;
};
bool client_ike_plain(struct client_sa *sa, struct ike_out *o, const struct client_kept *keep);
bool client_ike_sealed(struct client_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX],
	const struct client_kept *keep);
void client_ike_again(struct client_sa *sa, const uint8_t *msg, size_t len);
/* Decrypts a body into clear and moves iv on. */
bool client_ike_open(const struct client_sa *sa, const struct ike_header *h, const uint8_t *msg,
	size_t len, uint8_t iv[CBC_BLOCK_MAX], uint8_t *clear, struct ike_msg *m);
/* Wait before repeat number n; 0: no more. */
unsigned client_ike_wait(const struct client *c, unsigned n);
/* Opens a HASH payload to be filled in; and fills it in over all that follows, behind what stands before. */
size_t client_ike_hash_open(struct client_sa *sa, struct ike_out *o);
bool client_ike_hash_close(struct client_sa *sa, struct ike_out *o, size_t at, uint32_t message_id,
	struct part before);
/* Whether payload 0 is the hash of what follows it. */
bool client_ike_hash_good(const struct client_sa *sa, const struct ike_msg *m, struct part before);

/* client_main.c */

bool client_main_begin(struct client_sa *sa);
void client_main_input(
	struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
/* The gateway refused in clear, or its answer cannot be read. */
void client_main_refused(struct client_sa *sa, uint16_t notify);

/* Main mode is done: the SA is used from now on. */
void client_main_up(struct client_sa *sa);

/* client_answer.c */

void client_answer_init(struct client *c);
void client_answer_reset(struct client *c);
/* A message of a main mode that the gateway begins. False: it is none. */
bool client_answer_input(struct client *c, uint16_t port, const struct ike_header *h,
	const uint8_t *msg, size_t len);

/* client_quick.c */

int client_quick_begin(struct client_sa *sa);
void client_quick_input(
	struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
void client_quick_free(struct client_quick *q);
/* The gateway refuses a quick mode of ours. */
void client_quick_refused(struct client_sa *sa, uint16_t notify);
/* Whether one of ours is under way. */
bool client_quick_busy(const struct client_sa *sa);

/* client_info.c */

void client_info_input(
	struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
void client_info_delete_esp(struct client_sa *sa, be32 spi_in);
void client_info_delete_isakmp(struct client_sa *sa);
void client_info_contact(struct client_sa *sa);
/* INITIAL-CONTACT, into a message. */
void client_info_put_contact(struct client_sa *sa, struct ike_out *o);
/* Begins to ask whether the gateway lives, if profile and gateway are so inclined. */
void client_info_dpd_begin(struct client_sa *sa);

/* client_l2tp.c */

void client_l2tp_init(struct client *c);
void client_l2tp_begin(struct client *c);
/* Forgets the tunnel. */
void client_l2tp_reset(struct client *c);
void client_l2tp_cdn(struct client *c);
/* False when there is no tunnel to stop. */
bool client_l2tp_stop(struct client *c, uint16_t result);
/* A PPP frame in a data message. */
void client_l2tp_data(struct client *c, const uint8_t *frame, size_t len);

/* client_ppp.c */

void client_ppp_init(struct client *c);
void client_ppp_begin(struct client *c);
void client_ppp_reset(struct client *c);
void client_ppp_input(struct client *c, struct rd frame);
/* False when there is no link to end. */
bool client_ppp_close(struct client *c);
void client_ppp_send(struct client *c, uint16_t protocol, uint8_t code, uint8_t id,
	const void *data, size_t len);
void client_ppp_lcp_up(struct client *c);
void client_ppp_lcp_down(struct client *c);
void client_ppp_up(struct client *c);
/* A packet of LCP that is no part of the automaton. False: unknown. */
bool client_ppp_lcp_code(struct client *c, uint8_t code, uint8_t id, struct rd body);

/* client_inform.c */

void client_inform_init(struct client *c);
/* The client is up: asks, if its profile does. */
void client_inform_begin(struct client *c);
void client_inform_stop(struct client *c);

/* client_options.c */

struct client_cp_kind {
	const char *name;
	uint16_t protocol;
	/* Writes the value of an option of ours. */
	void (*value)(struct client *c, const struct profile_opt *opt, struct wr *w);
	/* The gateway would like another value; false: then not at all. */
	bool (*nakd)(struct client *c, uint8_t type, struct rd value);
	/* The gateway's option. */
	enum ppp_opinion (*judge)(struct client *c, uint8_t type, struct rd value, struct wr *want);
	/* It begins to ask anew. */
	void (*begin)(struct client *c);
	void (*up)(struct client *c);
	void (*down)(struct client *c);
};

extern const struct client_cp_kind client_lcp_kind, client_ipcp_kind;

/* client_cp.c */

void client_cp_init(struct client_cp *cp, struct client *c, bool lcp);
/* Lower layer up and open; passive: the peer's request is awaited first, for ms. */
void client_cp_open(struct client_cp *cp, uint32_t wait_ms);
void client_cp_close(struct client_cp *cp);
void client_cp_reset(struct client_cp *cp);
void client_cp_input(struct client_cp *cp, struct rd packet);

#endif
