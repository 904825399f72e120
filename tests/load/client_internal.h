/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by the files of the client. */
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
	CLIENT_PAIRS = 4, /* ESP pairs at the same time */
	CLIENT_TEXT = 128,
	CLIENT_OLD_PAIR_MS = 5000, /* a replaced pair stays for packets under way */
	CLIENT_CLOSE_MS = 3000, /* the longest wait of each step of an orderly end */
	CLIENT_DONE_MS = 20000, /* a finished quick mode stays to answer repeats */
	CLIENT_REKEY_PERCENT = 90, /* of a lifetime, after which keys are renewed */
	CLIENT_DPD_MAX = 5, /* consecutive requests without an answer */
	CLIENT_NONCE_MAX = 48, /* of the client */
	CLIENT_ADDRS = 5, /* IPCP: address, DNS 1, WINS 1, DNS 2, WINS 2 */
	CLIENT_EXTRA_TRIES = 3,
	CLIENT_L2TP_RETRANSMITS = 5, /* the minimum of RFC 2661, 5.8; xl2tpd does no more */
	CLIENT_INFORM_TRIES = 3, /* assumed */
	CLIENT_INFORM_MS = 4000, /* between tries; assumed */
	CLIENT_KEEPALIVE_MS = 20000, /* the default of RFC 3948, 4 */
};

/* The state of main mode, freed when the ISAKMP SA is up. */
struct client_main {
	struct dh *dh; /* NULL once the secret is known */
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
	uint16_t port; /* of both ends: 500, or 4500 after the float */
	struct ike_suite suite;
	struct ike_keys keys;
	struct client_main *main;
	enum ike_natt_kind natt; /* what both ends announced */
	bool nat; /* detected: ESP in UDP */
	bool dpd, fragmentation; /* the gateway announced them */
	uint16_t fragments; /* messages sent in fragments so far */
	bool noise; /* an informational message that does not verify followed message 5 */
	uint32_t life_s;
	struct timer timer; /* retransmission in main mode; then the lifetime */
	struct timer dpd_timer;
	uint32_t dpd_seq;
	unsigned dpd_unanswered;
	uint8_t *msg; /* the last of main mode, for retransmission */
	size_t msg_len;
	unsigned tries;
	struct list quicks;
};

enum client_quick_state {
	CLIENT_QUICK_1, /* initiator: message 1 is sent */
	CLIENT_QUICK_2, /* responder: message 2 is sent */
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
	struct dh *dh; /* of PFS; NULL: none */
	uint8_t digest[IKE_DIGEST_LEN]; /* of the message that msg answers */
	uint8_t *msg; /* the last one sent */
	size_t msg_len;
	unsigned tries;
};

struct client_pair {
	struct client *c; /* NULL: free */
	be32 spi_in, spi_out;
	bool old; /* replaced */
	uint64_t made; /* its number in the order of negotiation */
	uint64_t bytes, life_kb; /* carried both ways; limit (0: none) */
	struct timer timer; /* until keys are renewed; of an old pair: until it is deleted */
};

enum client_l2tp_state {
	CLIENT_L2TP_IDLE,
	CLIENT_L2TP_WAIT_SCCRP,
	CLIENT_L2TP_WAIT_ICRP,
	CLIENT_L2TP_UP,
	CLIENT_L2TP_STOPPING, /* StopCCN is sent but not acknowledged yet */
};

struct client_l2tp {
	enum client_l2tp_state state;
	struct l2tp_reliable rel;
	uint16_t tid, sid, peer_sid;
	struct timer hello;
};

/* A control protocol of PPP: the automaton of RFC 1661, 4. */
struct client_cp {
	struct client *c;
	const struct client_cp_kind *kind;
	enum ppp_state state;
	struct timer restart;
	uint8_t count, id, req_id;
	bool answered; /* the last request was */
	bool timed_out;
	uint16_t off; /* bit i: the gateway rejected option i of the profile */
	uint8_t refused; /* consecutive Naks and Rejects, in either direction */
};

struct client_ppp {
	bool begun;
	struct client_cp lcp, ipcp;
	uint16_t mru; /* 0: the profile's */
	uint32_t magic;
	bool pfc, acfc; /* requested by the gateway and acknowledged */
	be32 addr[CLIENT_ADDRS];
	be32 peer, old_peer; /* the gateway's address in PPP; in the deprecated option 1 */
	/* CHAP */
	bool answered, passed;
	struct timer chap_timer;
	uint8_t chap_seed[16]; /* of the peer challenges */
	uint8_t chap_id;
	uint8_t challenge[MSCHAP_CHALLENGE_LEN];
	uint8_t response[MSCHAP_RESPONSE_LEN];
	/* Requests of further protocols: bit i is set while extra i is not answered. */
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
	struct timer timer; /* of the phase; while closing, of the step */
	struct timer keepalive; /* armed while behind a NAT */
	struct timer idle; /* armed while the pair may become idle */
	uint64_t used_ms; /* when the last packet passed */
	unsigned step; /* of the profile's close */
	unsigned depth; /* of nested calls into the client */
	bool ended; /* `down` follows when depth is 0 */
	bool silent; /* end without messages or event */
	enum client_why why;
	char text[CLIENT_TEXT];

	struct client_sa *sa, *next; /* in use; being negotiated */
	struct {
		struct ike_sa *ike; /* of a main mode that the gateway began; NULL: none */
		struct ike_config *config;
		struct timer timer;
	} answer;
	struct client_pair pairs[CLIENT_PAIRS];
	uint64_t made;
	uint32_t spi_count;
	uint16_t tunnels; /* opened so far */
	struct client_l2tp l2tp;
	struct client_ppp ppp;
	struct {
		struct timer timer;
		uint32_t xid;
		uint8_t asked;
		bool waits;
	} inform; /* DHCPINFORM */
};

/* client.c */

/* Every public function begins and ends with these; the second may call `down`. */
void client_enter(struct client *c);
void client_leave(struct client *c);
/* Ends the client for this reason, once the current call returns. The first reason counts. */
void client_end(struct client *c, enum client_why why, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Also arms the timer of the phase. */
void client_set_phase(struct client *c, enum client_phase phase);
/* Sends NAT keepalives until the client is idle. */
void client_keep_awake(struct client *c);
/* The event that a step of the orderly end waits for has occurred. */
void client_step_done(struct client *c, enum profile_step step);
/* Copies text of the peer into buf, with '?' for what is not printable. */
const char *client_text(struct rd r, char *buf, size_t size);

/* client_pair.c */

/* A new SPI. */
be32 client_spi_make(struct client *c);
/* Adds a negotiated pair, which replaces the others. False if the owner refuses it. */
bool client_pair_add(struct client *c, const struct client_child *child);
struct client_pair *client_pair_newest(struct client *c);
/* Removes it, and tells the owner. */
void client_pair_drop(struct client_pair *p);

/* client_use.c */

void client_use_init(struct client *c);
/* A pair was added: begins to watch whether it becomes idle. */
void client_use_begin(struct client *c);

/* client_offer.c: SA payloads from a profile. */

/* Writes the body of main mode's SA payload; returns its length. */
size_t client_offer_main(const struct profile *p, uint8_t *buf, size_t size);
/* The same for quick mode. */
size_t client_offer_quick(
	const struct client_config *config, be32 spi, uint16_t mode, uint8_t *buf, size_t size);
/* The lifetime in kilobytes that it offers; 0: none. */
uint32_t client_offer_life_kb(const struct client_config *config);
/* The profile's offers as a configuration, for the gateway's decoder to read the answers. */
void client_offer_config(const struct profile *p, struct ike_config *out);
/* Decodes a vendor ID from hex; returns its length in bytes. */
size_t client_offer_hex(const char *hex, uint8_t *buf, size_t size);

/* client_ike.c */

struct client_sa *client_sa_new(struct client *c, uint16_t port);
void client_sa_free(struct client_sa *sa);
void client_ike_begin(
	struct ike_out *o, const struct client_sa *sa, uint8_t exchange, uint32_t message_id);
/* Sends the message; keep, if not NULL, gets a copy for retransmission. False on failure. */
struct client_kept {
	uint8_t **bytes;
	size_t *len;
};
bool client_ike_plain(struct client_sa *sa, struct ike_out *o, const struct client_kept *keep);
bool client_ike_sealed(struct client_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX],
	const struct client_kept *keep);
void client_ike_again(struct client_sa *sa, const uint8_t *msg, size_t len);
/* Decrypts the body into clear and updates iv for the next message. */
bool client_ike_open(const struct client_sa *sa, const struct ike_header *h, const uint8_t *msg,
	size_t len, uint8_t iv[CBC_BLOCK_MAX], uint8_t *clear, struct ike_msg *m);
/* Milliseconds before retransmission n; 0: give up. */
unsigned client_ike_wait(const struct client *c, unsigned n);
/* Reserve a HASH payload, and fill it in: over `before` and all payloads that follow it. */
size_t client_ike_hash_open(struct client_sa *sa, struct ike_out *o);
bool client_ike_hash_close(struct client_sa *sa, struct ike_out *o, size_t at, uint32_t message_id,
	struct part before);
/* Whether payload 0 is the right HASH of `before` and what follows it. */
bool client_ike_hash_good(const struct client_sa *sa, const struct ike_msg *m, struct part before);

/* client_main.c */

bool client_main_begin(struct client_sa *sa);
void client_main_input(
	struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
/* The gateway refused in the clear, or its answer cannot be decrypted. */
void client_main_refused(struct client_sa *sa, uint16_t notify);

/* Main mode is done: the SA is in use from now on. */
void client_main_up(struct client_sa *sa);

/* client_answer.c */

void client_answer_init(struct client *c);
void client_answer_reset(struct client *c);
/* Takes a message of a main mode that the gateway began. False: it is not one. */
bool client_answer_input(struct client *c, uint16_t port, const struct ike_header *h,
	const uint8_t *msg, size_t len);

/* client_quick.c */

int client_quick_begin(struct client_sa *sa);
void client_quick_input(
	struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
void client_quick_free(struct client_quick *q);
/* The gateway refused a quick mode of the client. */
void client_quick_refused(struct client_sa *sa, uint16_t notify);
/* Whether one that the client began is under way. */
bool client_quick_busy(const struct client_sa *sa);

/* client_info.c */

void client_info_input(
	struct client_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
void client_info_delete_esp(struct client_sa *sa, be32 spi_in);
void client_info_delete_isakmp(struct client_sa *sa);
void client_info_contact(struct client_sa *sa);
/* Adds INITIAL-CONTACT to a message. */
void client_info_put_contact(struct client_sa *sa, struct ike_out *o);
/* Begins dead peer detection if both the profile and the gateway support it. */
void client_info_dpd_begin(struct client_sa *sa);

/* client_l2tp.c */

void client_l2tp_init(struct client *c);
void client_l2tp_begin(struct client *c);
/* Forgets the tunnel. */
void client_l2tp_reset(struct client *c);
void client_l2tp_cdn(struct client *c);
/* False if there is no tunnel to stop. */
bool client_l2tp_stop(struct client *c, uint16_t result);
/* Sends a PPP frame in a data message. */
void client_l2tp_data(struct client *c, const uint8_t *frame, size_t len);

/* client_ppp.c */

void client_ppp_init(struct client *c);
void client_ppp_begin(struct client *c);
void client_ppp_reset(struct client *c);
void client_ppp_input(struct client *c, struct rd frame);
/* False if there is no link to end. */
bool client_ppp_close(struct client *c);
void client_ppp_send(struct client *c, uint16_t protocol, uint8_t code, uint8_t id,
	const void *data, size_t len);
void client_ppp_lcp_up(struct client *c);
void client_ppp_lcp_down(struct client *c);
void client_ppp_up(struct client *c);
/* Takes an LCP packet that is not part of the automaton. False: its code is unknown. */
bool client_ppp_lcp_code(struct client *c, uint8_t code, uint8_t id, struct rd body);

/* client_inform.c */

void client_inform_init(struct client *c);
/* The client is up: sends DHCPINFORM if the profile does. */
void client_inform_begin(struct client *c);
void client_inform_stop(struct client *c);

/* client_options.c */

struct client_cp_kind {
	const char *name;
	uint16_t protocol;
	/* Writes the value of an option of the client. */
	void (*value)(struct client *c, const struct profile_opt *opt, struct wr *w);
	/* The gateway suggests another value. False: the option is given up. */
	bool (*nakd)(struct client *c, uint8_t type, struct rd value);
	/* Decides on an option of the gateway. */
	enum ppp_opinion (*judge)(struct client *c, uint8_t type, struct rd value, struct wr *want);
	/* Negotiation begins anew. */
	void (*begin)(struct client *c);
	void (*up)(struct client *c);
	void (*down)(struct client *c);
};

extern const struct client_cp_kind client_lcp_kind, client_ipcp_kind;

/* client_cp.c */

void client_cp_init(struct client_cp *cp, struct client *c, bool lcp);
/* The lower layer is up: opens. wait_ms: how long to wait for the peer's request first. */
void client_cp_open(struct client_cp *cp, uint32_t wait_ms);
void client_cp_close(struct client_cp *cp);
void client_cp_reset(struct client_cp *cp);
void client_cp_input(struct client_cp *cp, struct rd packet);

#endif
