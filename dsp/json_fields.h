/* SPDX-License-Identifier: ISC */
/* Which fields of which JSON objects somebody asked for, so that a field that nobody asks for, such
 * as a misspelt one, can be named. Not real-time. */
#ifndef XL_JSON_FIELDS_H
#define XL_JSON_FIELDS_H

#include "tensors.h"

/** Zero-initialise; release with fields_free(). */
struct fields {
    struct asked {
        const json_t *object;
        const char *field; ///< static text
    } * asked;
    size_t count, room;
};

/** Notes that `field` of `object` is one that its reader knows; NULL objects are passed over.
 *  False for want of memory. */
bool fields_note(struct fields *fields, const json_t *object, const char *field);

/** Finds a field that nobody asked for, in an object of which another was asked for. Left out are
 *  NX-AI's fields that change nothing in a trained model, and names that begin with "_". Returns it
 *  and its object, or NULL if all is well. */
const char *fields_unknown(const struct fields *fields, const json_t **object);

/** Writes the names that were asked for in `object`, "a, b, c", cut to `size` bytes. */
void fields_list(const struct fields *fields, const json_t *object, char *text, size_t size);

/** Releases the list and zeroes it. */
void fields_free(struct fields *fields);

#endif
