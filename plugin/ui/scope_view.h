/* SPDX-License-Identifier: ISC */
/* The scope: what goes in against what comes out, over time or as a curve of one over the other. */
#ifndef UI_SCOPE_VIEW_H
#define UI_SCOPE_VIEW_H

#include "facts.h"
#include "paint.h"

enum scope_mode { SCOPE_TIME, SCOPE_CURVE };

void scope_view_draw(cairo_t *cairo, struct rect box, const struct facts *facts,
                     enum scope_mode mode);

#endif
