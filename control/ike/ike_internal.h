/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of ike/ only. */
#ifndef IKE_INTERNAL_H
#define IKE_INTERNAL_H

#include "ike.h"
#include "list.h"
#include "log.h"
#include "rdwr.h"
#include "wire/isakmp.h"

/* Limits: what one peer can make us hold. */
enum {
	IKE_MAX_PAYLOADS = 64, /* in one message */
	IKE_MAX_TRANSFORMS = 256, /* looked at in one SA payload */
	IKE_MAX_QUICKS = 8, /* quick modes not finished, in one SA */
	IKE_NONCE_MIN = 8, /* RFC 2409, 5 */
	IKE_NONCE_MAX = 256,
	IKE_NONCE_OUR = 32,
	IKE_MAX_DONE =
		16, /* quick modes that are done or refused and kept for repeats, in one SA */
	IKE_MAX_FRAGMENTS = 16, /* of one message; one message at a time */
	IKE_SEEN_IDS = 1024, /* message IDs that are remembered against replay; a power of two */
	IKE_SEEN_IDS_FIRST = 8, /* as many at first */
};

/* Durations, ms. */
enum {
	IKE_MAIN_MODE_MS = 60000, /* the peer has so long for its next message of main mode */
	IKE_FAILED_MS = 5000, /* a failed SA stays to absorb repeats */
	IKE_QUICK_LINGER_MS = 30000, /* a finished quick mode stays to answer repeats */
	/* Message 3 of ours may be lost, and is not answered: peers repeat message 2 after up to 4 s. */
	IKE_QUICK_SETTLE_MS = 10000,
};

#define IKE_FLAGS_AT   19 /* in the header (RFC 2408, 3.1) */
#define IKE_DIGEST_LEN 20 /* SHA-1 of a message, to know it again */

/* --- ike_payload.c: the payload chain ------------------------------------------------------------ */

struct ike_payload {
	uint8_t type; /* enum isakmp_payload, drafts' numbers mapped to RFC 3947's */
	struct rd body;
};

/* A message's payloads. Readers point into the message. */
struct ike_msg {
	struct ike_header h;
	unsigned n;
	struct ike_payload payload[IKE_MAX_PAYLOADS];
	/* What HASH(1) and its sisters cover: from behind the first payload to the end of the last. */
	const uint8_t *after_first;
	const uint8_t *end;
};

/* Splits the chain; slack after the last payload only if padded. False when malformed. */
bool ike_payload_read(const struct ike_header *h, const uint8_t *body, size_t len, bool padded,
	struct ike_msg *out);

/* The i-th payload of a type (i from 0), or NULL. */
const struct ike_payload *ike_payload_get(const struct ike_msg *m, uint8_t type, unsigned i);

/* Whether the set of types is: each of needs at least once, nothing but needs and allows. Bits by type. */
bool ike_payload_check(const struct ike_msg *m, uint64_t needs, uint64_t allows);
#define P(type) (1ull << ISAKMP_##type)

/* A message being written. */
struct ike_out {
	struct wr w;
	size_t next_at; /* where the type of the next payload goes */
	uint8_t buf[IKE_MESSAGE_MAX];
};

void ike_out_begin(
	struct ike_out *o, const struct ike_sa *sa, uint8_t exchange, uint32_t message_id);
/* The same for who has no SA but its cookies. */
void ike_out_header(struct ike_out *o, const uint8_t icookie[8], const uint8_t rcookie[8],
	uint8_t exchange, uint32_t message_id);
/* Opens a payload; close takes what open returned. */
size_t ike_out_open(struct ike_out *o, uint8_t type);
void ike_out_close(struct ike_out *o, size_t at);
void ike_out_bytes(struct ike_out *o, uint8_t type, const void *bytes, size_t len);
void ike_out_notify(struct ike_out *o, uint8_t proto, const void *spi, size_t spi_len,
	uint16_t type, const void *data, size_t len);
const char *ike_notify_name(uint16_t type); /* NULL when unknown */

/* --- ike_suite.c, ike_proposal.c ------------------------------------------------------------------ */

/* What was chosen out of an SA payload, with all that the answer repeats. */
struct ike_choice {
	uint8_t proposal, transform, transform_id, proto;
	const uint8_t *spi; /* the peer's, in its message */
	uint8_t spi_len;
	const uint8_t *attrs; /* as offered, in its message */
	size_t attrs_len;
	uint64_t life_s, life_kb; /* 0: not given */
	/* Phase 1 */
	struct ike_suite suite;
	/* Phase 2 */
	const struct esp_suite *esp;
	enum dh_group pfs; /* 0: none */
	uint16_t mode;
};

enum ike_chosen {
	IKE_CHOSEN,
	IKE_CHOSEN_NONE, /* nothing that is configured; `offers` says what there was */
	IKE_CHOSEN_MALFORMED,
};

#define IKE_OFFERS_LEN 512

/* Our first suite that the peer offers. offers gets what it offered, in words. */
enum ike_chosen ike_proposal_main(const struct ike_config *config, struct rd sa,
	struct ike_choice *out, char offers[IKE_OFFERS_LEN]);
/* Likewise for quick mode; natt: UDP-encapsulated transport is wanted rather than plain. */
enum ike_chosen ike_proposal_quick(const struct ike_config *config, struct rd sa, bool natt,
	struct ike_choice *out, char offers[IKE_OFFERS_LEN]);

/*
 * What would have to be configured for the best of what was offered and refused, in words that follow "to allow it, ";
 * weak ones are named as such. "" when nothing would do.
 */
#define IKE_CURE_LEN 256
void ike_proposal_cure_main(struct rd sa, char cure[IKE_CURE_LEN]);
void ike_proposal_cure_quick(
	const struct ike_config *config, struct rd sa, bool natt, char cure[IKE_CURE_LEN]);

/* The SA payload that answers with the choice, our SPI in place of the peer's if spi is not NULL. */
void ike_proposal_write(struct ike_out *o, const struct ike_choice *c, const be32 *spi);

/* Attributes of a transform. A lifetime has two: class, for its type, and the one after, for its duration. */
void ike_proposal_attr(struct wr *w, uint16_t class, uint16_t value);
void ike_proposal_life(struct wr *w, uint16_t class, uint16_t type, uint64_t value);
/* Reads the lifetimes out of attributes (RFC 2407, 4.6.3.1); those that are not there stay as they are. */
void ike_proposal_read_life(struct rd attrs, uint64_t *life_s, uint64_t *life_kb);
/* All of phase 1. */
void ike_proposal_suite(const struct ike_suite *s, uint32_t life_s, struct wr *w);

/* --- ike_keys.c: RFC 2409, section 5 and appendix B ------------------------------------------------- */

struct ike_keys {
	enum hash_id hash;
	enum cbc_id cipher;
	size_t key_len, block;
	uint8_t skeyid[HASH_MAX], d[HASH_MAX], a[HASH_MAX], e[HASH_MAX];
	uint8_t key[CBC_KEY_MAX];
	uint8_t iv[CBC_BLOCK_MAX]; /* of phase 1: the last ciphertext block */
};

struct ike_keys_in {
	const struct ike_suite *suite;
	const struct secret *psk;
	const uint8_t *icookie, *rcookie;
	struct part ni, nr; /* nonces, bodies */
	struct part gxi, gxr; /* public values */
	struct part gxy;
};
int ike_keys_make(struct ike_keys *k, const struct ike_keys_in *in);

/* HASH_I, HASH_R: prf(SKEYID, own public | other public | own cookie | other cookie | SAi_b | own ID_b) */
int ike_keys_auth(const struct ike_keys *k, struct part own_ke, struct part other_ke,
	const uint8_t *own_cookie, const uint8_t *other_cookie, struct part sai, struct part id,
	uint8_t *out);

/* The first IV of a later exchange: hash(last block of phase 1 | message ID), shortened. */
int ike_keys_iv(const struct ike_keys *k, uint32_t message_id, uint8_t iv[CBC_BLOCK_MAX]);

/* prf(SKEYID_a, M-ID | parts): HASH(1), HASH(2) and those of informational exchanges. */
int ike_keys_hash(const struct ike_keys *k, uint32_t message_id, const struct part *parts,
	size_t n_parts, uint8_t *out);
/* HASH(3): prf(SKEYID_a, 0 | M-ID | Ni_b | Nr_b) */
int ike_keys_hash3(const struct ike_keys *k, uint32_t message_id, struct part ni, struct part nr,
	uint8_t *out);

/* KEYMAT of one direction, split into the suite's keys. gxy empty: without PFS. */
int ike_keys_esp(const struct ike_keys *k, const struct esp_suite *suite, be32 spi, struct part gxy,
	struct part ni, struct part nr, struct esp_keys *out);

/* --- ike_vendor.c, ike_natt.c ------------------------------------------------------------------------- */

enum ike_natt_kind {
	IKE_NATT_NONE,
	IKE_NATT_DRAFT, /* draft-ietf-ipsec-nat-t-ike-02, -02\n, -03 */
	IKE_NATT_RFC, /* RFC 3947 */
};

struct ike_vendors {
	char *names; /* on the heap; NULL: none */
	const char *client;
	const char *natt_hex; /* the vendor ID that announced natt: the answer has the same */
	enum ike_natt_kind natt; /* the best the peer announced */
	bool dpd, fragmentation; /* the peer announced them */
};
/* Reads all vendor IDs of a message into v, adding to what is there. Its names are the caller's to free. */
void ike_vendor_read(const struct ike_msg *m, struct ike_vendors *v);
/* Writes ours: DPD; and if v has them, FRAGMENTATION, and for NAT traversal the peer's own. */
void ike_vendor_write(struct ike_out *o, const struct ike_vendors *v);

/* Both NAT-D payloads of ours (RFC 3947, 3.2). */
void ike_natt_write(struct ike_out *o, const struct ike_sa *sa);
/* Judges the peer's NAT-D payloads; sets sa->nat_us, sa->nat_peer. */
void ike_natt_read(struct ike_sa *sa, const struct ike_msg *m);
/*
 * NAT-OA payloads (RFC 3947, 5.2): the addresses as we see them. In QM2, whose QM1 is m: if that has some; in a QM1 of our own (m is
 * NULL): always.
 */
void ike_natt_write_oa(struct ike_out *o, const struct ike_sa *sa, const struct ike_msg *m);

/* --- ike_fragment.c ----------------------------------------------------------------------------------- */

/* The pieces of a message that have come. All zero: none. */
struct ike_fragments {
	uint16_t id;
	uint8_t last; /* number of the last one; 0: not known yet */
	unsigned n;
	size_t len; /* bytes of all */
	struct {
		uint8_t *bytes;
		size_t len;
	} part[IKE_MAX_FRAGMENTS];
};

/* A message whose only payload is a fragment. Returns the length of the whole, 0 while pieces are missing. */
size_t ike_fragment_input(
	struct ike_fragments *f, const uint8_t *msg, size_t len, uint8_t whole[IKE_MESSAGE_MAX]);
void ike_fragments_free(struct ike_fragments *f);
/*
 * Sends a message, in pieces if its IP packet would be longer than ike_config.fragment_size and the peer said
 * FRAGMENTATION. A repeat of it has the same pieces, so that those of several repeats make one message.
 */
void ike_fragment_send(struct ike_sa *sa, const uint8_t *msg, size_t len);

/* --- the SA ------------------------------------------------------------------------------------------- */

enum ike_state {
	IKE_MM_IDLE, /* before message 1 */
	IKE_MM_SA, /* message 2 is sent */
	IKE_MM_KE, /* message 4 is sent */
	IKE_MM_I_SA, /* as initiator: message 1 is sent */
	IKE_MM_I_KE, /* message 3 is sent */
	IKE_MM_I_AUTH, /* message 5 is sent */
	IKE_MM_UP, /* message 6 is sent, or came */
	IKE_MM_FAILED, /* absorbs repeats, then goes */
	IKE_MM_N
};

/* Messages 1 and 2, until main mode is done. */
struct ike_opening {
	uint8_t *bytes; /* message 1 and, behind it, message 2 */
	size_t len, answer_len;
};

/* What main mode needs and nothing after it. */
struct ike_main {
	/* Whose is g^xi and Ni and whose g^xr and Nr, the role says (ike_auth.h). */
	struct dh *dh; /* ours */
	uint8_t nonce[IKE_NONCE_OUR];
	uint8_t peer_public[DH_MAX], peer_nonce[IKE_NONCE_MAX];
	size_t peer_nonce_len;
	struct ike_opening opening;
	struct part sai; /* body of the initiator's SA payload, in opening */
};

/* A reply, kept for repeats of the request. */
struct ike_reply {
	uint8_t digest[IKE_DIGEST_LEN]; /* of the request */
	uint8_t *bytes; /* NULL: none */
	size_t len;
};

enum ike_quick_state {
	IKE_QM_ASKED, /* begun by us: QM1 is sent, QM2 awaited (ike_rekey.c) */
	IKE_QM_SETTLING, /* begun by us: QM3 is sent, and no repeat of QM2 came since */
	IKE_QM_SENT, /* QM2 is sent, QM3 awaited */
	IKE_QM_DONE,
};

/* A quick mode exchange. */
struct ike_quick {
	struct list node;
	struct ike_sa *sa;
	struct timer timer;
	enum ike_quick_state state;
	uint32_t message_id;
	uint8_t iv[CBC_BLOCK_MAX];
	struct ike_reply reply;
	unsigned sent; /* how often our last message went out */
	be32 spi_in;
	bool commit; /* the peer has set the commit bit (ike_commit.c) */
	uint8_t ni[IKE_NONCE_MAX], nr[IKE_NONCE_OUR];
	size_t ni_len;
	const struct esp_suite *suite; /* begun by us: what we offer */
	enum dh_group pfs;
	struct dh *dh; /* and with PFS, until it is done */
};

struct ike_sa {
	const struct ike_config *config;
	struct timers *timers;
	const struct ike_events *events;
	void *arg;
	char who[64];
	struct ip_end local, remote;
	uint8_t icookie[8], rcookie[8];
	enum ike_state state;
	bool ours; /* begun by us */
	bool ended; /* `down` is to be said, when input returns */
	bool busy; /* inside ike_sa_input */
	struct {
		uint8_t digest[IKE_DIGEST_LEN];
		struct ip_end local, remote;
	} in; /* the message in work */
	struct timer timer; /* main mode's deadline or, as initiator, repeats; then the lifetime */
	unsigned sent; /* as initiator: how often the last message went out */
	uint64_t created_ms, expires_ms;
	enum ike_why why;

	struct ike_suite suite;
	uint64_t life_s;
	struct ike_main *main; /* NULL when main mode is done or has failed */
	bool mute; /* message 1 is worked on again: its answer went out before */
	struct log_limit *hush; /* of lines before message 3; NULL: all are written */
	struct ike_keys keys;
	uint8_t seen_mm[3][IKE_DIGEST_LEN]; /* digests of the peer's messages */
	unsigned n_seen_mm;
	struct ike_reply reply; /* of main mode */
	uint32_t *seen_ids; /* the last IKE_SEEN_IDS of them; grows as they come */
	unsigned n_seen_ids;

	struct ike_vendors vendors;
	bool nat_us, nat_peer;
	bool natt; /* behind NAT and on port 4500: ESP goes in UDP */
	bool strayed; /* the last message of main mode came from another address than those before */
	struct ike_fragments *fragments; /* NULL: none */
	struct timer dpd; /* armed while the peer is to be asked */
	uint32_t dpd_our_seq; /* of our last question */
	unsigned dpd_asked; /* questions since the peer was last heard */
	bool dpd_seen; /* dpd_seq is the highest that the peer asked with */
	uint32_t dpd_seq;
	char id_text[IKE_ID_STR_LEN];

	struct ike_traffic traffic;
	struct list quicks;
	unsigned n_quicks; /* not done */
	struct log_limit limit;
};

/* What a handler of a main mode message works on. */
struct ike_main_step {
	struct ike_sa *sa;
	const struct ike_msg *m;
	const uint8_t *msg; /* as it came */
	size_t len;
	struct ike_out out; /* the answer */
};

/* What it returns. */
enum ike_result {
	IKE_OK, /* go to the next state, send the answer */
	IKE_IGNORE, /* nothing happened */
	IKE_FAIL, /* the SA fails for sa->why */
};

/* ike.c */
void ike_digest(const uint8_t *msg, size_t len, uint8_t out[IKE_DIGEST_LEN]);
/* Sends what is in o, in clear. */
void ike_send_plain(struct ike_sa *sa, struct ike_out *o);
/* Encrypts in place with iv (which moves on) and sends. 0 or -errno. */
int ike_send_encrypted(struct ike_sa *sa, struct ike_out *o, uint8_t iv[CBC_BLOCK_MAX]);
/* Sends bytes again as they are. */
void ike_send_again(struct ike_sa *sa, const uint8_t *msg, size_t len);
/* Keeps what is in o for repeats of the message in work. */
void ike_reply_keep(struct ike_reply *r, const struct ike_sa *sa, const struct ike_out *o);
void ike_reply_free(struct ike_reply *r);
/* Decrypts a body into out (len bytes) and moves iv on; false when its length does not fit. */
bool ike_decrypt(const struct ike_sa *sa, const uint8_t *body, size_t len,
	uint8_t iv[CBC_BLOCK_MAX], uint8_t *out);
/* The SA is to end for this reason, when the message is done with. */
void ike_end(struct ike_sa *sa, enum ike_why why);
/* Whether a line about a peer may be written, whose address may still be made up. */
bool ike_may_log(struct ike_sa *sa);
/* The same for a line that the peer can cause again and again. */
bool ike_may_repeat(struct ike_sa *sa);
/* Whether the message ID is new; remembers it. */
bool ike_message_id_new(struct ike_sa *sa, uint32_t message_id);
/* The message in work is authenticated and new: where it comes from is where the peer is. */
void ike_heard(struct ike_sa *sa);
/* A message ID of our own. */
uint32_t ike_message_id_make(struct ike_sa *sa);

/* The exchanges: a message for this SA. */
void ike_main_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
void ike_main_free(struct ike_sa *sa);
void ike_quick_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
void ike_info_input(struct ike_sa *sa, const struct ike_header *h, const uint8_t *msg, size_t len);
/* The SA fails for this reason: what a handler of main mode returns. */
enum ike_result ike_main_fail(struct ike_sa *sa, enum ike_why why);
/* ike_renew.c: handlers of messages 2, 4, 6. */
enum ike_result ike_renew_sa(struct ike_main_step *s);
enum ike_result ike_renew_ke(struct ike_main_step *s);
enum ike_result ike_renew_auth(struct ike_main_step *s);
/* Our last message is sent, again and again from now on, until the peer answers. */
void ike_renew_wait(struct ike_sa *sa);
/* Sends it again; false when that was done often enough. */
bool ike_renew_again(struct ike_sa *sa);
void ike_quick_free(struct ike_quick *q);
/* The SA ends: quick modes that wait for message 3 wait in vain. */
void ike_quick_give_up(struct ike_sa *sa);
/* A message for a quick mode that we began. */
void ike_rekey_input(
	struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len);
/* Message 2 came again: so does message 3. */
void ike_rekey_repeat(struct ike_quick *q);
/* The peer has message 3, as far as we will ever know: the pair is up. */
void ike_rekey_settled(struct ike_quick *q);
/* Notes whose traffic the peer's message 1 is about, once it is accepted. */
void ike_rekey_learn(struct ike_sa *sa, const struct ike_msg *m, const struct ike_child *child,
	enum dh_group pfs);
/* The quick mode of this message ID that is under way or was a moment ago, or NULL. */
struct ike_quick *ike_quick_find(struct ike_sa *sa, uint32_t message_id);
/* Whether payload 0 is the hash of all that follows: HASH(1), and that of informational exchanges. */
bool ike_hash_good(const struct ike_sa *sa, const struct ike_msg *m);

/* ike_commit.c */

/* Says CONNECTED to a peer that wants to hear it; iv is that after message 3. */
void ike_commit_send(struct ike_quick *q, uint8_t iv[CBC_BLOCK_MAX]);
/* A message, of either kind, that may be the peer's CONNECTED for this quick mode. False: it is something else. */
bool ike_commit_input(
	struct ike_quick *q, const struct ike_header *h, const uint8_t *msg, size_t len);

/* ike_info.c */

/* The type of a notify payload; 0 when it is malformed. */
uint16_t ike_info_notify_type(struct rd body);
/* An unprotected notify, for main mode: sent again when the message in work is. */
void ike_info_notify_plain(struct ike_sa *sa, uint16_t type);
/* A protected one that refuses the quick mode message in work; kept for its repeats. */
void ike_info_refuse(struct ike_sa *sa, uint16_t type, struct ike_reply *keep);
void ike_info_delete_isakmp(struct ike_sa *sa);
/* Main mode is done: the peer is asked from now on whether it lives, if it can answer and that is configured. */
void ike_info_dpd_start(struct ike_sa *sa);
void ike_info_dpd_init(struct ike_sa *sa);
/* Acts on a notify payload of an authenticated message. */
void ike_info_on_notify(struct ike_sa *sa, struct rd body);
/* A RESPONDER-LIFETIME in quick mode: the lifetimes that it makes shorter (0: none so far). */
void ike_info_lifetime(const struct ike_msg *m, uint64_t *life_s, uint64_t *life_kb);
/* Logs a notify of an unauthenticated message. */
void ike_info_log_plain(struct ike_sa *sa, const struct ike_msg *m);

/* ike_id.c: an ID payload's body. */
struct ike_id {
	uint8_t type, proto;
	uint16_t port; /* host order */
	struct rd data;
};
bool ike_id_read(struct rd body, struct ike_id *out);
void ike_id_str(const struct ike_id *id, char buf[IKE_ID_STR_LEN]);

#endif
