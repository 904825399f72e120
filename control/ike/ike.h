/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * IKEv1 (RFC 2407, 2408, 2409): main mode with a pre-shared key, as responder, and as initiator with a peer that is
 * known; quick mode in transport mode; informational exchanges. Pure: bytes and time in, bytes and events out.
 *
 * One struct ike_sa is one ISAKMP SA from its first message to its end. Its owner finds it by its
 * cookies, hands it the bytes that came for it, and is told of all that it must do.
 */
#ifndef IKE_H
#define IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/cbc.h"
#include "crypto/dh.h"
#include "crypto/prf.h"
#include "crypto/secret.h"
#include "esp_suite.h"
#include "ip.h"
#include "timer.h"

#define IKE_PORT              500 /* RFC 2408, 2.5.1 */
#define IKE_NATT_PORT         4500 /* RFC 3947, 4 */
#define IKE_HEADER_LEN        28
#define IKE_MESSAGE_MAX       8192 /* the longest message we read or write */
#define IKE_FRAGMENT_SIZE_MIN 128 /* of ike_config.fragment_size: half of it is headers */
#define IKE_MAX_SUITES        32
#define IKE_ID_STR_LEN        128

/* One phase 1 suite: "aes256-sha1-modp2048". */
struct ike_suite {
	enum cbc_id cipher;
	uint16_t key_bits; /* 128, 192, 256 for AES; 0 otherwise */
	enum hash_id hash;
	enum dh_group group;
};

/* 0, or -EINVAL: cipher-hash-group with des 3des aes128 aes192 aes256, md5 sha1 sha256 sha384 sha512. */
int ike_suite_parse(const char *text, struct ike_suite *out);
#define IKE_SUITE_STR_LEN 40
const char *ike_suite_str(const struct ike_suite *s, char buf[IKE_SUITE_STR_LEN]);
/* DES, MD5, MODP-1024 and below: allowed only when the configuration says so. */
bool ike_suite_weak(const struct ike_suite *s);
#define IKE_WEAK_LEN 32
/* What is weak in it: "DES, MD5, MODP-1024". */
const char *ike_suite_weakness(const struct ike_suite *s, char buf[IKE_WEAK_LEN]);

/* Settings of the gateway's IKE; constant while any ike_sa uses them. */
struct ike_config {
	struct secret psk;
	struct ike_suite suites[IKE_MAX_SUITES]; /* in our order of preference */
	unsigned n_suites;
	uint32_t
		life_s; /* longest life of an ISAKMP SA; the shorter of ours and the peer's counts */
	const struct esp_suite *esp[IKE_MAX_SUITES]; /* in our order of preference */
	unsigned n_esp;
	uint32_t esp_life_s;
	uint64_t esp_life_kb; /* 0: none of our own */
	enum dh_group pfs[8]; /* groups a peer may ask for in quick mode; none: PFS is refused */
	unsigned n_pfs;
	bool natt; /* announce and do RFC 3947 */
	uint32_t
		fragment_size; /* longer IP packets of IKE go in fragments, if the peer takes them; 0: none do */
	uint32_t dpd_s; /* a peer that is silent for so long is asked (RFC 3706); 0: never */
	uint32_t dpd_max; /* questions without an answer, then it is dead */
};

/* The fixed header of a message (RFC 2408, 3.1). */
struct ike_header {
	uint8_t icookie[8], rcookie[8];
	uint8_t next, version, exchange, flags;
	uint32_t message_id; /* host order */
	uint32_t len; /* host order, bytes, header included */
};

enum ike_exchange {
	IKE_MAIN_MODE = 2,
	IKE_AGGRESSIVE = 4,
	IKE_INFORMATIONAL = 5,
	IKE_QUICK_MODE = 32,
};

/* False when msg is no ISAKMP message of version 1 that fills its datagram. */
bool ike_header_read(const uint8_t *msg, size_t len, struct ike_header *out);

/* An ESP pair that quick mode made. */
struct ike_child {
	be32 spi_in; /* ours: on packets from the peer */
	be32 spi_out; /* the peer's: on packets to it */
	const struct esp_suite *suite;
	struct esp_keys in, out;
	uint32_t life_s; /* 0: no limit */
	uint64_t life_kb; /* 0: no limit */
	be16 peer_port; /* the peer's UDP port inside ESP (IDci); 0: any */
	bool udp_encap; /* RFC 3948 */
};

/* Whose traffic the peer's last quick mode was for, which one of ours repeats. */
struct ike_traffic {
	bool known;
	uint8_t id[2][64]; /* bodies of IDci and IDcr */
	size_t len[2];
	be16 peer_port;
	enum dh_group pfs; /* its group for a second Diffie-Hellman; 0: none */
	uint32_t life_s; /* what came out of both sides' wishes */
	uint64_t life_kb;
};

/* Why an ISAKMP SA ended; each has its sentence in ike_why_str. */
enum ike_why {
	IKE_WHY_NO_PROPOSAL, /* nothing offered is configured */
	IKE_WHY_PSK, /* message 5 does not decrypt: the pre-shared keys differ */
	IKE_WHY_AUTH, /* HASH_I is wrong */
	IKE_WHY_TIMEOUT, /* not finished in time */
	IKE_WHY_PEER_DELETE, /* DELETE from the peer */
	IKE_WHY_EXPIRED, /* its lifetime */
	IKE_WHY_DEAD, /* dead peer detection */
	IKE_WHY_LOCAL, /* ike_sa_delete by the owner */
	IKE_WHY_UNSUPPORTED, /* aggressive mode, another authentication method, ... */
	IKE_WHY_MALFORMED,
	IKE_WHY_INTERNAL, /* out of memory, library error */
};
const char *ike_why_str(enum ike_why why);

struct ike_sa;

/*
 * What an ISAKMP SA tells its owner; arg is what the owner gave. Callbacks must not free the SA;
 * it is freed by itself after `down`, which is the last one.
 */
struct ike_events {
	/* Send a datagram from local to remote (without the non-ESP marker; port 4500 means add it). */
	void (*send)(void *arg, struct ike_sa *sa, const struct ip_end *local,
		const struct ip_end *remote, const uint8_t *msg, size_t len);
	/* Main mode is done: identity and the rest of ike_sa_info are known. */
	void (*up)(void *arg, struct ike_sa *sa);
	/* INITIAL-CONTACT, authenticated: all older state of this peer is dead. May come with `up` or later. */
	void (*initial_contact)(void *arg, struct ike_sa *sa);
	/* A fresh inbound SPI, or 0 when there is none to be had. */
	be32 (*spi_take)(void *arg, struct ike_sa *sa);
	/* An SPI that was taken and never came to child_new. */
	void (*spi_release)(void *arg, struct ike_sa *sa, be32 spi);
	/* Before QM2 leaves: packets may come on spi_in from now on. Returns 0, or refuses. */
	int (*child_new)(void *arg, struct ike_sa *sa, const struct ike_child *child);
	/*
	 * Send on the new pair, if it is not done yet: QM3 is verified; or it was ours, and went out so long ago
	 * that the peer has it, if it will ever. A packet on spi_in tells that sooner.
	 */
	void (*child_up)(void *arg, struct ike_sa *sa, be32 spi_in);
	/* QM3 never came. */
	void (*child_gone)(void *arg, struct ike_sa *sa, be32 spi_in);
	/* The peer deleted the ESP SA that we send on. */
	void (*esp_deleted)(void *arg, struct ike_sa *sa, be32 spi_out);
	/* The peer deleted another ISAKMP SA than the one that says so (RFC 2408, 3.15): both its cookies. */
	void (*isakmp_deleted)(void *arg, struct ike_sa *sa, const uint8_t cookies[16]);
	/* The peer's outer address or port changed, authenticated (RFC 3947). */
	void (*moved)(void *arg, struct ike_sa *sa, const struct ip_end *remote);
	void (*down)(void *arg, struct ike_sa *sa, enum ike_why why);
};

/*
 * An SA for a first message (main mode, responder cookie zero) that ike_sa_input is then given.
 * `who` names it in log lines and is copied. NULL when out of memory.
 */
struct ike_sa *ike_sa_new(const struct ike_config *config, struct timers *timers,
	const struct ike_events *events, void *arg, const struct ip_end *local,
	const struct ip_end *remote, const char *who);

/* What is kept of an ISAKMP SA so that we can begin another with its peer. */
struct ike_peer {
	struct ip_end local, remote;
	struct ike_suite suite;
	struct ike_traffic traffic;
	bool fragmentation;
	const char *natt_hex, *client; /* constants of ike/ */
	char id[IKE_ID_STR_LEN];
};
/* False when the SA is not up. */
bool ike_sa_peer(const struct ike_sa *sa, struct ike_peer *out);

/* An SA that takes the place of another: it goes on with its traffic, unless the peer has made a pair in it. */
void ike_sa_learn(struct ike_sa *sa, const struct ike_traffic *traffic);

/*
 * Begins main mode with a peer that had an SA with us: message 1 is sent before this returns. Then `up`, with the same
 * identity, and ike_sa_rekey() works in it as in the old; or `down` when the peer refuses or does not answer. The old
 * SA is left alone. NULL when out of memory.
 */
struct ike_sa *ike_sa_renew(const struct ike_config *config, struct timers *timers,
	const struct ike_events *events, void *arg, const struct ike_peer *peer, const char *who);

/*
 * An SA that is new comes to where it was when message 2 was sent: with this cookie of ours, and message 1 as
 * ike_firsts_recall gives it (ike_first.h). Nothing is sent. False: it is not there, and must be freed.
 */
bool ike_sa_resume(struct ike_sa *sa, const uint8_t rcookie[8], const struct ip_end *local,
	const struct ip_end *remote, const uint8_t *msg, size_t len);

/* Until message 3 proves that the peer is where it says it is, its lines come out of this common allowance. */
struct log_limit;
void ike_sa_hush(struct ike_sa *sa, struct log_limit *limit);

/* Hands the SA to another owner (a rekeyed SA joins its peer's older connection). */
void ike_sa_adopt(struct ike_sa *sa, void *arg, const char *who);

/* A datagram for this SA, without the non-ESP marker. Time is timers->now_ms. */
void ike_sa_input(struct ike_sa *sa, const struct ip_end *local, const struct ip_end *remote,
	const uint8_t *msg, size_t len);

/* The peer lives: its ESP was verified. It is not asked for a while. */
void ike_sa_heard(struct ike_sa *sa);

/*
 * ESP of the peer, verified, came from there: what is sent goes there too (RFC 3947, 4). Nothing happens
 * unless the SA is in UDP 4500. No `moved` event.
 */
void ike_sa_move(struct ike_sa *sa, const struct ip_end *remote);

/*
 * Begins a quick mode of ours for a pair like the peer's last one, with PFS if that had it: spi_take, then child_new
 * and child_up when the peer has answered. 0, or -ENOTSUP when no traffic is known that a peer wanted.
 */
int ike_sa_rekey(struct ike_sa *sa, const struct esp_suite *suite);

/* DELETE for ESP SAs of ours (inbound SPIs), sent if main mode is done (RFC 2408, 3.15). */
void ike_sa_send_delete_esp(struct ike_sa *sa, const be32 *spi_in, unsigned n);

/* Sends DELETE for the ISAKMP SA if main mode is done, and frees it. No `down` event. */
void ike_sa_delete(struct ike_sa *sa);

/* Frees without a word. No event. */
void ike_sa_free(struct ike_sa *sa);

/* The peer has forgotten the SA: as ike_sa_free, after child_gone for each pair whose QM3 has not come. */
void ike_sa_forget(struct ike_sa *sa);

struct ike_sa_info {
	uint8_t icookie[8], rcookie[8];
	struct ip_end local, remote;
	bool up;
	bool natt; /* floated to UDP encapsulation */
	bool nat_us, nat_peer; /* who is behind a NAT, as far as the SA's beginning told */
	bool strayed; /* main mode ended from another address than it began: nobody was heard to answer there */
	struct ike_suite suite; /* all zero before a proposal is chosen */
	char id[IKE_ID_STR_LEN]; /* the peer's identity as text, "" before message 5 */
	char vendors[256]; /* names of known vendor IDs, ", " between */
	const char *client; /* kind of client from its vendor IDs: "windows", ...; "" unknown */
	const char *state; /* "main mode: waiting for message 3" */
	uint64_t created_ms;
	uint64_t expires_ms; /* 0 before it is up */
};
void ike_sa_info(const struct ike_sa *sa, struct ike_sa_info *out);

#endif
