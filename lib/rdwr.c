/* SPDX-License-Identifier: BSD-3-Clause */
#include "rdwr.h"

/* Out of line: if it is inlined, gcc 12 warns about overflows that cannot occur. */
uint8_t *
wr_room(struct wr *w, size_t n)
{
	uint8_t *p = w->p;

	if (w->bad || w->left < n) {
		w->bad = true;
		return NULL;
	}
	w->p += n;
	w->left -= n;
	return p;
}
